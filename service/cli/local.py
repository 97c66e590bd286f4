"""The service within this process, without its listener: for questions from a command line that names no address."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import click

from contracts import Answer, Card, Deadline, Question, QuestionIncomplete, State, doubts, spell
from contracts.report import LookAgain, escape_for_terminal
from service.cli.bootstrap import Service, build
from service.cli.remote import describe_refusal
from service.cli.stores import store_beside
from service.guidance.calls import note_of
from service.guidance.vob_values import CallNote
from service.plugins.loading import Directory, load_payers
from service.security.access import Caller, Role
from service.security.consent import Consent, ConsentRequired, ConsentUnknown
from service.settings.model import PayerSettings, Settings, load_settings
from service.store import Fetched, HistoryRequest, Store
from service.telemetry.logs import logging_process
from service.verification.history import MemberHistory, history_of
from service.verification.live_jobs import LOOK_AGAIN
from service.verification.shown_answer import About, Looked, card_of, view
from service.web.api.bodies import VerificationBody, consent_in, question_of
from service.web.body_route import parse_body
from service.web.problems import FieldError, RequestRefused

CALLER = Caller(id="command-line", role=Role.STAFF)
"""Whoever may read the database and its sealing key may ask, and look at everything."""


class LocalService:
    """A service that runs here, for as long as the command does."""

    def __init__(self, service: Service, route: str | None) -> None:
        """Take a service that runs; ``route`` is the only one that is asked over, when one was chosen."""
        self._services = service.services
        self._route = route

    async def ask(self, body: bytes, wait: float) -> Answer:
        """The answer to the question in ``body``, a JSON document, after at most ``wait`` seconds."""
        services = self._services
        try:
            parsed = parse_body(body, VerificationBody)
            question = question_of(parsed, services.directory, services.provider, services.today())
            if self._route is not None and services.directory.adapter(question.payer).card.on(self._route) is None:
                raise click.UsageError(
                    f"--route: {question.payer} is not asked over {self._route}; see `benefits payers`"
                )
            for words in doubts_in_words(question, services.directory.adapter(question.payer).card):
                click.echo(escape_for_terminal(words), err=True)
            return await services.verifier.verify(
                question,
                caller=CALLER,
                deadline=Deadline(wait),
                retries=parsed.retries,
                consent=consent_in(parsed, datetime.now(UTC)),
            )
        except (ConsentRequired, ConsentUnknown) as refused:
            raise click.ClickException(describe_refusal(refused.code, ())) from None
        except RequestRefused as refused:
            raise click.ClickException(describe_refusal(refused.code, refused.errors)) from None
        except QuestionIncomplete as incomplete:
            missing = tuple(FieldError(field=field, code="missing") for field in incomplete.fields)
            raise click.ClickException(describe_refusal("question_incomplete", missing)) from None

    async def look(self, verification_id: str, wait: float) -> Answer:
        """The answer of an earlier verification, after at most ``wait`` seconds."""
        return _require(await self._services.verifier.look(verification_id, caller=CALLER, deadline=Deadline(wait)))

    def look_again(self, verification_id: str) -> LookAgain:
        """How a pending answer is looked at again once this process has ended."""
        return look_again_here(verification_id)


class StoredAnswers:
    """The answers in the database, looked at beside whoever serves it, or by nobody else: nothing is asked."""

    def __init__(self, store: Store, directory: Directory) -> None:
        """Take a store that is open, and the payers that are installed."""
        self._store = store
        self._directory = directory

    async def look(self, verification_id: str, wait: float) -> Answer:
        """The answer as another process has made it, after at most ``wait`` seconds."""
        deadline = Deadline(wait)
        fetched = await self._store.fetch(verification_id, CALLER)
        if fetched is not None and fetched.job.state is State.PENDING and deadline.seconds_left():
            await self._wait_until_settled(fetched.job.id, deadline)
            # Fetched anew: what is shown is shown by a line of the audit.
            fetched = await self._store.fetch(verification_id, CALLER)
        return _require(None) if fetched is None else self._show(fetched).answer

    async def look_whole(self, verification_id: str) -> tuple[Looked, list[CallNote], Consent | None]:
        """The answer as it stands, with its question, the calls that were noted, and the member's consent."""
        fetched = await self._store.fetch(verification_id, CALLER)
        if fetched is None:
            raise click.ClickException(_NO_SUCH_ID)
        notes = [note_of(*one) for one in await self._store.call_notes_of(verification_id)]
        return self._show(fetched), notes, await self._store.consent_of(verification_id)

    async def history(self, request: HistoryRequest) -> MemberHistory:
        """A page of the history of a verification's member."""
        page = await self._store.history(request, CALLER)
        if page is None:
            raise click.ClickException(_NO_SUCH_ID)
        return history_of(request.verification_id, page, self._directory)

    def _show(self, fetched: Fetched) -> Looked:
        question = fetched.question
        card, job = card_of(question, self._directory), fetched.job
        about = About(question, fetched.verification_id, card, fetched.created_at, job.life_ends_at)
        return Looked(view(job.answer, about, Deadline(0)), about)

    async def _wait_until_settled(self, job_id: str, deadline: Deadline) -> None:
        """Wait until whoever works on the job has made it final, or ``deadline`` is over."""
        while deadline.seconds_left():
            await asyncio.sleep(min(LOOK_AGAIN, deadline.seconds_left()))
            job = await self._store.job(job_id)
            if job is None or job.state is State.FINAL:
                return

    def look_again(self, verification_id: str) -> LookAgain:
        """How a pending answer is looked at again."""
        return look_again_here(verification_id)


def doubts_in_words(question: Question, card: Card) -> Iterator[str]:
    """What the caller should check, in sentences, before the payer is asked; never a value of the question's."""
    for doubt in doubts(spell(question, card), card):
        if card.member_id is not None:
            yield f"check {doubt.detail}; {card.name}: {card.member_id.words}. It is asked all the same."


def look_again_here(verification_id: str) -> LookAgain:
    """How an answer is looked at again that no process of ours goes on asking for."""
    return LookAgain((f"benefits show {verification_id} --wait 900", _ASKS_ON), unattended=True)


_ASKS_ON = (
    "that asks again, with the same settings, for as long as it waits; so does `benefits serve`, which takes up what is"
    " pending in its database"
)


@asynccontextmanager
async def local_service(route: str | None = None) -> AsyncIterator[LocalService]:
    """A service with the settings of this machine while the block runs; ``route`` narrows it to one route.

    Raises what building and starting it raise, ``StoreInUse`` when another process serves the database among them.
    """
    async with running_service(route) as service:
        yield LocalService(service, route)


@asynccontextmanager
async def running_service(route: str | None = None) -> AsyncIterator[Service]:
    """The service that ``local_service`` asks, while the block runs."""
    with logging_process(level=logging.ERROR):
        settings = load_settings()
        service = build(settings if route is None else _over(route, settings))
        if not service.routes:
            raise click.ClickException(
                "no route is set up here: set BENEFITS_ROUTES__CORE_MIME__URL, or ask a running service with --url"
            )
        async with service:
            yield service


@asynccontextmanager
async def stored_answers() -> AsyncIterator[StoredAnswers]:
    """The answers in the database of this machine's settings, while the block runs."""
    with logging_process(level=logging.ERROR):
        directory = load_payers()
        async with store_beside() as store:
            yield StoredAnswers(store, directory)


_NO_SUCH_ID = "no verification in this database has this id"


def _require(answer: Answer | None) -> Answer:
    if answer is None:
        raise click.ClickException(_NO_SUCH_ID)
    return answer


def _over(route: str, settings: Settings) -> Settings:
    """``settings`` in which every payer that can be asked over ``route`` is asked over nothing else."""
    if route not in settings.routes:
        ready = ", ".join(sorted(settings.routes)) or "none"
        raise click.UsageError(f"--route: {route} is not set up here; set up are: {ready}")
    reached = [card.id for card in load_payers().cards if card.on(route) is not None]
    return settings.model_copy(update={"payers": {payer: PayerSettings(routes=(route,)) for payer in reached}})
