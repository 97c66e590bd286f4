"""A stored reply is read by the route that it came over, also by one that somebody else wrote."""

import json
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from contracts import Benefits, NoReplyAtAll
from payers.routes import availity_rest, optum_json, optum_real, stedi_json, stored
from payers.routes.shared.json_replies import gateway_errors


@pytest.fixture
def strange_route(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A route of somebody else's, installed for one test."""
    module = ModuleType("strange_route")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    point = EntryPoint("strange", f"{module.__name__}:open_route", stored.GROUP)
    monkeypatch.setattr(stored, "entry_points", lambda group: [*entry_points(group=group), point])
    stored._modules.cache_clear()
    yield module
    stored._modules.cache_clear()


def test_each_json_route_is_found_and_a_gateways_errors_come_last() -> None:
    forms = [*stored.list_forms()]

    assert forms[:4] == [stedi_json.reply, optum_real.reply, optum_json.reply, availity_rest.reply]
    assert forms[-1] is gateway_errors


def test_a_route_of_somebody_else_reads_its_own_stored_replies(strange_route: Any) -> None:
    brought = (Benefits(trace="STRANGE"),)
    strange_route.reply = SimpleNamespace(fits=lambda root: root.has("strange"), read=lambda _: brought)

    assert stored.read_stored(json.dumps({"strange": 1}).encode()) is brought


def test_a_route_without_stored_json_is_passed_over(strange_route: Any) -> None:
    strange_route.open_route = None

    with pytest.raises(NoReplyAtAll):
        stored.read_stored(json.dumps({"strange": 1}).encode())


def test_a_route_that_cannot_be_imported_keeps_no_other_reply_from_being_read(
    strange_route: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``None`` in ``sys.modules`` makes an import fail."""
    monkeypatch.setitem(sys.modules, strange_route.__name__, None)

    reply = {"id": "1", "status": "Complete", "plans": [{"benefits": []}]}

    assert len(stored.read_stored(json.dumps(reply).encode())) == 1
