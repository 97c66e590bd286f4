"""For F13: a service in one process whose payer knows some members and not others, and who tries to tell them apart.

All instants are a tenth of the real ones, the payer's latency too; nothing else differs from what is served.
"""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from time import perf_counter
from typing import NamedTuple

import httpx
import pytest

from contracts import (
    PROGRAMS,
    Answer,
    Coverage,
    CoverageStatus,
    Gateway,
    Inquiry,
    MemberMatch,
    PayerUnreachable,
    ProgramTerms,
    Question,
    Verdict,
)
from service.guidance.visitor import VisitorAnswer
from service.security.access import Role
from service.settings.model import PublicSettings
from service.store.visitor_requests import VISITOR
from service.store.visitor_values import RequestRow
from service.web.app import create_app
from service.web.pages.visitor import outcome, submission
from service.web.pages.visitor.draft import VisitorDraft
from service.web.pages.visitor.drafts import start_draft
from service.web.pages.visitor.outcome import OutcomeKind
from service.web.pages.visitor.submission import TOKEN_FIELD, form_token
from service.web.services import Services
from tests.service.web.conftest import Acme, answer_to, serving

SPEED = 10
"""How many times faster everything goes than it is served."""

EXISTS = ("inactive", "wrong_date", "not_covered") * 3 + ("capped", "down")
"""What becomes of a member who exists, when it is nothing good."""

UNKNOWN = ("not_found",) * 10 + ("down",)
"""What becomes of one who does not."""

LATENCY: Mapping[str, tuple[float, float]] = {"notfound": (0.2, 0.8), "down": (0.1, 0.3)}
"""Seconds, real ones, that the payer takes at least and at most; of who exists it has more to say."""

LATENCY_OF_OTHERS = (6.8, 7.6)


LOOKS = (5.0, 12.0)
"""Seconds, real ones, after which the page is looked at: before everything is released, and when it is."""


class TellingPayer(Acme):
    """A payer whose answer is written on the member id, and whose latency says whether it knows the member."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = Random(seed)

    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        self.asked.append(question)
        cause = (question.member.last_name or "").upper().partition("X")[0].lower()
        await asyncio.sleep(self._random.uniform(*LATENCY.get(cause, LATENCY_OF_OTHERS)) / SPEED)
        if cause == "down":
            raise PayerUnreachable("imaginary")
        inquiry = Inquiry(
            payer="acme",
            member=question.member,
            provider=question.provider,
            service_date=question.service_date,
            service_types=("30",),
        )
        brought = await gateway.ask(self.card, inquiry)
        return _answer(question, cause, brought.trace)


def _answer(question: Question, cause: str, trace: str | None) -> Answer:
    statuses = {"inactive": CoverageStatus.INACTIVE, "notfound": CoverageStatus.NOT_FOUND}
    verdict = {"notfound": Verdict.COULD_NOT_CHECK, "notcovered": Verdict.NOT_COVERED, "inactive": Verdict.NOT_COVERED}
    known = {"verdict": verdict.get(cause, Verdict.COVERED), "evidence": ("e1",)}
    return answer_to(question, trace).model_copy(
        update={
            "member_match": MemberMatch.DIFFERS if cause == "wrongdate" else MemberMatch.EXACT,
            "coverage": Coverage(status=statuses.get(cause, CoverageStatus.ACTIVE), evidence=("e1",)),
            "programs": tuple(
                blank.model_copy(update={"in_network": blank.in_network.model_copy(update=known)})
                for blank in (ProgramTerms(program=program, condition=condition) for program, condition in PROGRAMS)
            ),
        }
    )


def serving_visitors(url: str, seed: int = 13) -> AbstractAsyncContextManager[Services]:
    """A service over the database ``url``, without a socket."""
    waits, public = dict.fromkeys(Role, 8.0), PublicSettings(inquiries_a_day=1_000_000)
    return serving(TellingPayer(seed), url, places=256, waits=waits, public=public)


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every instant come sooner."""
    monkeypatch.setattr(outcome, "RELEASED_AT", tuple(one / SPEED for one in outcome.RELEASED_AT))
    monkeypatch.setattr(outcome, "LOOKED_AT", outcome.LOOKED_AT / SPEED)
    monkeypatch.setattr(submission, "ANSWERED_AT", {mode: one / SPEED for mode, one in submission.ANSWERED_AT.items()})


class Seen(NamedTuple):
    """All that somebody sees who sends the form about a member: of each response what it says, and how long it took.

    ``said`` are status, headers, length and words; what is every request's own (its code, its time) is taken out.
    """

    exists: bool
    said: tuple[str, ...]
    seconds: tuple[float, ...]


OWN = re.compile(rb'class="code">[^<]*<|\d{1,2}:\d\d|/verify/sent/[A-Z2-7]+')


def describe(response: httpx.Response) -> str:
    """What a response says."""
    headers = sorted((name, value) for name, value in response.headers.items() if name not in {"date", "location"})
    words = sha256(OWN.sub(b"", response.content)).hexdigest()[:8]
    return f"{response.status_code} {headers} {len(response.content)} {words}"


class Attacker:
    """Somebody with thousands of addresses, who sends the form about a member and watches."""

    def __init__(self, services: Services) -> None:
        self.services, self._number = services, 0
        self._app = create_app(services)

    async def watch(self, *, cause: str, exists: bool) -> Seen:
        """Send the form, look before everything is released, and again when it is."""
        self._number += 1
        number = self._number
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        if cause == "capped":
            await self._use_up(number)
        draft = filled(cause, number)
        reference = await start_draft(self.services, draft)
        transport = httpx.ASGITransport(app=self._app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
            began = perf_counter()
            form = {TOKEN_FIELD: form_token(self.services, reference), "phone": "2125550123", "may_ask_insurer": "yes"}
            sent = await http.post(f"/verify/{reference}/contact", data=form)
            posted = perf_counter() - began
            assert sent.status_code == 303, sent.text
            assert "/sent/" in sent.headers["location"], sent.headers
            said, seconds, sent_at = [describe(sent)], [posted], perf_counter()
            for at in LOOKS:
                await asyncio.sleep(max(0.0, sent_at + at / SPEED - perf_counter()))
                asked = perf_counter()
                page = await http.get(sent.headers["location"])
                said.append(describe(page))
                seconds.append(perf_counter() - asked)
        return Seen(exists, tuple(said), tuple(seconds))

    async def _use_up(self, number: int) -> None:
        for earlier in range(3):
            draft = filled("capped", number).model_copy(update={"first_name": f"Other{earlier}"})
            await submission._make_request(self.services, f"EARLIER{number}X{earlier}", draft, has_proof=True)


def filled(cause: str, number: int) -> VisitorDraft:
    """A draft about the member ``number``, with what becomes of them in the name."""
    letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
    typed = {
        "first_name": "Ada",
        "last_name": f"{cause.replace('_', '').capitalize()}x{letters}",
        "birth_date_month": "4",
        "birth_date_day": "12",
        "birth_date_year": "1990",
        "member_id": f"ZZ{number:07d}",
        "is_subscriber": "yes",
    }
    parsed = {name: typed[name] for name in ("first_name", "last_name", "member_id", "is_subscriber")}
    return VisitorDraft.model_validate(
        {
            "payer": "acme",
            "typed": typed,
            **parsed,
            "birth_date": date(1990, 4, 12),
            "phone": "2125550123",
            "may_ask_insurer": True,
        }
    )


async def watch_pairs(url: str, pairs: int, at_once: int) -> list[Seen]:
    """What is seen of ``pairs`` members who exist and as many who do not, in an order that says nothing."""
    random = Random(13)
    wanted = [(cause, exists) for causes, exists in ((EXISTS, True), (UNKNOWN, False)) for cause in causes] * (
        -(-pairs // len(EXISTS))
    )
    random.shuffle(wanted)
    waiting, found = iter(wanted), list[Seen]()

    async def work(attacker: Attacker) -> None:
        for cause, exists in waiting:
            found.append(await attacker.watch(cause=cause, exists=exists))

    async with serving_visitors(url) as services:
        attacker = Attacker(services)
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work(attacker))
    return found


def best_accuracy(seen: Sequence[Seen]) -> tuple[float, dict[str, float]]:
    """The accuracy of the best of three classifiers, each taught by one half and tried on the other, both ways."""
    halves = (seen[::2], seen[1::2])
    accuracies = {
        name: sum(
            sum(guess(one) == one.exists for one in tried) / len(tried)
            for taught, tried in (halves, halves[::-1])
            for guess in [learn(taught)]
        )
        / 2
        for name, learn in CLASSIFIERS.items()
    }
    return max(accuracies.values()), accuracies


Guess = Callable[[Seen], bool]


def learn_words(taught: Sequence[Seen]) -> Guess:
    """Go by what was said, all of it together: the class that it was seen with more often."""
    votes: defaultdict[tuple[str, ...], Counter[bool]] = defaultdict(Counter)
    for one in taught:
        votes[one.said][one.exists] += 1
    return lambda one: votes[one.said][True] > votes[one.said][False]


def learn_threshold(taught: Sequence[Seen]) -> Guess:
    """Go by one time alone: the one, and the threshold, that divides the classes best."""
    best: tuple[int, int, float, bool] = (0, 0, 0.0, True)
    for index in range(len(taught[0].seconds)):
        ordered = sorted((one.seconds[index], one.exists) for one in taught)
        above = sum(exists for _, exists in ordered)
        right = above
        for seconds, exists in ordered:
            right += -1 if exists else 1
            for correct, is_above in ((right, True), (len(ordered) - right, False)):
                if correct > best[0]:
                    best = (correct, index, seconds, is_above)
    _, index, threshold, is_above = best
    return lambda one: (one.seconds[index] > threshold) == is_above


def learn_neighbours(taught: Sequence[Seen]) -> Guess:
    """Go by the nine most similar times, of all responses together."""
    spread = [max(one.seconds[i] for one in taught) or 1.0 for i in range(len(taught[0].seconds))]
    known = [(tuple(a / b for a, b in zip(one.seconds, spread, strict=True)), one.exists) for one in taught[:600]]

    def guess(one: Seen) -> bool:
        here = [a / b for a, b in zip(one.seconds, spread, strict=True)]
        near = sorted((sum((a - b) ** 2 for a, b in zip(here, there, strict=True)), exists) for there, exists in known)
        return sum(exists for _, exists in near[:9]) > 4

    return guess


CLASSIFIERS: Mapping[str, Callable[[Sequence[Seen]], Guess]] = {
    "words": learn_words,
    "threshold": learn_threshold,
    "neighbours": learn_neighbours,
}


async def release_at_once(
    services: Services, row: RequestRow, now: datetime
) -> tuple[OutcomeKind, VisitorAnswer | None]:
    """The mutant without instants: an outcome is read as soon as it is known."""
    known = await outcome._answer_by(services, row, now)
    return (OutcomeKind.ASKING if known is None else OutcomeKind.LETS_TALK), known


async def say_why(services: Services, row: RequestRow, now: datetime) -> tuple[OutcomeKind, VisitorAnswer | None]:
    """The mutant of words: who was not found reads another page than who was."""
    kind, answer = await UNCHANGED(services, row, now)
    fetched = None if row.verification_id is None else await services.store.fetch(row.verification_id, VISITOR)
    found = fetched is not None and fetched.job.answer is not None and fetched.job.answer.coverage.status
    is_unknown = kind is OutcomeKind.LETS_TALK and found is CoverageStatus.NOT_FOUND
    return (OutcomeKind.PERSON_WILL_CHECK if is_unknown else kind), answer


UNCHANGED = outcome._outcome_of


async def enumerate_identity(url: str, tries: int, *, addresses: int, restart_after: int) -> int:
    """Send ``tries`` forms about one identity over two processes of the service; returns how many were asked.

    One changes the member id, the next the birth date, the next the first name. Both processes are started anew after
    ``restart_after`` tries.
    """
    asked, numbers = 0, iter(range(tries))

    async def work(every: Sequence[Services], until: int) -> None:
        for number in numbers:
            draft = filled("inactive", 1)
            changes: list[dict[str, object]] = [
                {"member_id": f"QQ{number:07d}"},
                {"birth_date": date(1950, 1, 1) + timedelta(days=number)},
                {"first_name": f"Ada{number}"},
            ]
            change = changes[number % 3]
            services = every[number % 2]
            await submission._make_request(
                services, f"TRY{number}", draft.model_copy(update=change), has_proof=number % addresses != 0
            )
            if number >= until:
                return

    for until in (restart_after, tries):
        async with serving_visitors(url) as one, serving_visitors(url) as other:
            async with asyncio.TaskGroup() as group:
                for _ in range(16):
                    group.create_task(work((one, other), until))
            for services in (one, other):
                await services.verifier.jobs.end(5.0)
                asked += len(services.directory.adapter("acme").asked)  # type: ignore[attr-defined]  # ours
    return asked


def sqlite_in(folder: Path) -> str:
    """The address of a database in ``folder``."""
    return f"sqlite:///{folder}/benefits.sqlite"
