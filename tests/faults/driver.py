"""A load of callers: raw streams, a connection each, so that our own side costs little and its clock is close."""

import asyncio
import json
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
from time import perf_counter
from typing import Any, NamedTuple, TypeVar

from tests.faults.deployment import Deployment

AT_ONCE = 50
"""Callers at once at most when a time is a limit: above that the two cores are what is measured."""

PATIENCE = 60.0

Item = TypeVar("Item")
Result = TypeVar("Result")


class Said(NamedTuple):
    """A response: status (0 when the connection ended without one), headers in lower case, body, seconds it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


async def request(
    address: str, method: str, path: str, headers: Mapping[str, str], body: bytes = b"", patience: float = PATIENCE
) -> Said:
    """One request over a connection of its own; the clock runs from the first byte sent to the last one read."""
    host, _, port = address.rpartition("/")[2].partition(":")
    began = perf_counter()
    raw = b""
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection(host, int(port))
            try:
                began = perf_counter()
                lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                lines += [f"Content-Length: {len(body)}"] if body or method == "POST" else []
                writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
                raw = await reader.read()
            finally:
                writer.close()
    except (ConnectionError, TimeoutError):
        return Said(0, {}, raw, perf_counter() - began)
    return said(raw, perf_counter() - began)


def said(raw: bytes, seconds: float) -> Said:
    """What the bytes of a response say; status 0 when they are none."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding", "").lower() == "chunked":
        if not body.endswith(b"0\r\n\r\n"):
            # Cut off in the midst, which to a caller is no response.
            return Said(0, headers, body, seconds)
        body = _joined(body)
    if len(body) < int(headers.get("content-length", 0)):
        # Cut off in the midst, which to a caller is no response.
        return Said(0, headers, body, seconds)
    words = first.split(" ")
    return Said(int(words[1]) if len(words) > 1 and words[1].isdigit() else 0, headers, body, seconds)


def _joined(chunks: bytes) -> bytes:
    parts, at = list[bytes](), 0
    while (end := chunks.find(b"\r\n", at)) > at:
        length = int(chunks[at:end].split(b";")[0], 16)
        if not length:
            break
        parts.append(chunks[end + 2 : end + 2 + length])
        at = end + 2 + length + 2
    return b"".join(parts)


async def ask(
    deployment: Deployment,
    body: Mapping[str, Any],
    *,
    wait: int | None,
    key: str | None = None,
    idempotency_key: str | None = None,
) -> Said:
    """Ask the service; as staff unless ``key`` is another's. Without a ``wait`` it is the caller's default."""
    headers = {"Authorization": f"Bearer {key or deployment.staff}", "Content-Type": "application/json"}
    if wait is not None:
        headers["Prefer"] = f"wait={wait}"
    if idempotency_key is not None:
        headers["Idempotency-Key"] = idempotency_key
    return await request(deployment.service, "POST", "/v1/verifications", headers, json.dumps(body).encode())


async def look(deployment: Deployment, verification_id: str, *, wait: int = 0, key: str | None = None) -> Said:
    """Look at an earlier verification."""
    headers = {"Authorization": f"Bearer {key or deployment.staff}", "Prefer": f"wait={wait}"}
    return await request(deployment.service, "GET", f"/v1/verifications/{verification_id}", headers)


async def control(deployment: Deployment, kind: str | None, number: int = 0, to: str | None = None) -> None:
    """Set the fault for everybody without a key of their own; None ends it. ``to`` is where a redirect leads."""
    body = json.dumps({"kind": kind, "number": number, "to": to}).encode()
    assert (await request(deployment.simulator, "POST", "/control/fault", {}, body)).status == 204


async def counters(deployment: Deployment) -> Any:
    """What the simulator has seen."""
    return (await request(deployment.simulator, "GET", "/control/counters", {})).json


async def drive(
    items: Iterable[Item] | AsyncIterable[Item], work: Callable[[Item], Awaitable[Result]], at_once: int = AT_ONCE
) -> list[Result]:
    """``work`` on each item, ``at_once`` at a time; the results in the order in which they ended."""
    found: list[Result] = []
    if isinstance(items, AsyncIterable):
        # Open loop: each begins when its time has come, however the others fare.
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_one(work, item)) async for item in items]
        return [task.result() for task in tasks]
    waiting = iter(items)

    async def worker() -> None:
        found.extend([await work(item) for item in waiting])

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
    return found


async def _one(work: Callable[[Item], Awaitable[Result]], item: Item) -> Result:
    return await work(item)


def percentile(values: Iterable[float], share: float) -> float:
    """The value that ``share`` of all values do not exceed; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
