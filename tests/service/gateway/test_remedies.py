"""What the log says of a failure that is ours to mend: why, and what to do; of nobody else's failure."""

import io
import json
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from contracts import PayerBusy, PayerError, PayerRefused, PayerSilent, PayerUnreachable, Responsible
from service.gateway import Guards, JobGateway
from service.gateway.remedies import REMEDIES, remedy_of
from service.security.access import Role
from service.telemetry.logs import DROPPED, barrier
from tests.service.staging import INQUIRY, ScriptedRoute, Time, card, job_of, stored

ROUTES = [point.name for point in entry_points(group="benefit_verification.routes")]


async def test_a_refused_certificate_is_logged_as_an_error_with_a_remedy(written: io.StringIO, tmp_path: Path) -> None:
    refused = PayerUnreachable("tls:unknown_issuer", responsible=Responsible.SERVICE)
    time, route = Time(), ScriptedRoute(refused)
    payer = card(route.name)
    async with stored(tmp_path, time) as store:
        guards = Guards(routes={route.name: route}, cards=(payer,), store=store, clocks=time.clocks())
        with pytest.raises(PayerUnreachable):
            await JobGateway(guards, await job_of(store), Role.STAFF, left=lambda: 20.0).ask(payer, INQUIRY)

    (fault,) = [json.loads(line) for line in written.getvalue().splitlines() if "setup_fault" in line]
    assert (fault["event"], fault["level"], fault["route"]) == ("gateway.setup_fault", "error", route.name)
    assert fault["remedy"] == f"name the authority in BENEFITS_ROUTES__{route.name.upper()}__CA_BUNDLE"


@pytest.mark.parametrize("detail", [*REMEDIES, "never_heard_of"])
def test_every_remedy_is_let_through_by_the_log(detail: str) -> None:
    for route in ROUTES:
        remedy = remedy_of(PayerRefused(detail), route)

        assert remedy is not None
        assert DROPPED not in barrier(None, "", {"event": "gateway.setup_fault", **remedy._asdict()}).values()


@pytest.mark.parametrize(
    "failure",
    [
        None,
        PayerBusy("http_429"),
        PayerSilent("timeout"),
        PayerUnreachable("connect"),
        PayerError("route_fault:KeyError"),
    ],
)
def test_what_is_not_ours_to_set_up_has_no_remedy(failure: PayerError | None) -> None:
    assert remedy_of(failure, "core_mime") is None
