"""Random bytes that are read many at a time are each given out once, to one thread of one process."""

import os
from concurrent.futures import ThreadPoolExecutor

from service.security.random_bytes import RandomPool


def test_no_bytes_are_given_out_twice_whichever_thread_takes_them() -> None:
    pool = RandomPool(100)
    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(lambda _: pool.take(16), range(2_000)))

    assert {len(one) for one in taken} == {16}
    assert len(set(taken)) == len(taken)


def test_more_than_is_read_at_a_time_is_taken_whole() -> None:
    assert len(RandomPool(8).take(40)) == 40


def test_a_forked_process_takes_bytes_of_its_own() -> None:
    pool = RandomPool()
    pool.take(16)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, pool.take(16))
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 16) != pool.take(16)
    os.close(reading)
    os.close(writing)
