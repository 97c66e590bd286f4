"""Pairs of whole replies, read as the service reads them: every change is told, and nothing else is."""

from collections.abc import Callable, Iterable, Sequence

from contracts import Answer, State
from service.guidance.change_values import Change
from service.guidance.changes import changes_between

from .reply_pairs import NOISE, ReplyPair, read_answer, reply_pairs

FEWEST_PAIRS = 150
Compare = Callable[[Answer, Answer], Sequence[Change]]


def found_wrongly(pairs: Iterable[ReplyPair], compare: Compare) -> dict[str, tuple[list[str], list[str]]]:
    """The pairs of which ``compare`` tells something else than the table: what it should tell, and what it does."""
    wrong = {}
    for pair in pairs:
        was, now = (
            read_answer(lines, day).model_copy(update={"state": State.FINAL})
            for lines, day in zip((pair.was, pair.now), pair.days, strict=True)
        )
        told = {one.code.value for one in compare(was, now)}
        if told != pair.changes:
            wrong[pair.name] = (sorted(pair.changes), sorted(told))
    return wrong


def tell_nothing(was: Answer, now: Answer) -> Sequence[Change]:
    """Mutant: nothing ever changes."""
    del was, now
    return ()


def test_what_changed_between_two_replies_is_told_and_nothing_else() -> None:
    pairs = reply_pairs()

    assert len(pairs) >= FEWEST_PAIRS
    assert found_wrongly(pairs, changes_between) == {}
    assert len(found_wrongly(pairs, tell_nothing)) == sum(bool(pair.changes) for pair in pairs)
    assert found_wrongly(pairs, lambda was, now: changes_between(now, was))


def test_order_wording_rounding_and_what_is_said_beside_it_make_no_difference() -> None:
    """Each kind of noise in every sixth pair, and all of them where nothing changed."""
    pairs = reply_pairs()
    unchanged = next(pair for pair in pairs if pair.was == pair.now)
    noisy = [pair._replace(now=tuple(NOISE[place % len(NOISE)](pair.now))) for place, pair in enumerate(pairs)]
    noisy += [unchanged._replace(name=noise.__name__, was=tuple(noise(unchanged.was))) for noise in NOISE]

    assert all(noise(unchanged.was) != list(unchanged.was) for noise in NOISE)
    assert found_wrongly(noisy, changes_between) == {}
