"""A running service, asked over HTTP: what a command asks of it, and its refusals in sentences."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Self, TypeVar

import click
import httpx
from pydantic import BaseModel, ValidationError

from contracts import Answer
from contracts.report import LookAgain, escape_for_terminal
from contracts.wait_limits import LONGEST_WAIT
from service.security.urls import unsafe
from service.web.problems import FieldError, ProblemDocument

Value = TypeVar("Value", bound=BaseModel)

MORE_SECONDS = 10.0
"""How much longer than its wait a service may take: the way there and back, and a service that is busy."""

_SENTENCES = {
    "unauthorized": "the service does not know this API key",
    "forbidden": "this API key may not do that",
    "not_found": "no verification or batch has this id, or it is another caller's",
    "retries_refused": "what --retries names is another caller's, or about another person",
    "wrong_state": "the batch is in no state in which this can be done",
    "overloaded": "the service has too much to do; try again in a moment",
    "draining": "the service is about to stop; try again in a moment",
    "store_unavailable": "the service's database does not answer; try again in a moment",
    "not_ready": "the service is not ready; its operator has to look",
    "question_incomplete": "the payer needs more details",
    "consent_required": "the member's consent is needed before the payer is asked: --consent",
    "consent_ended": "the consent has ended by its own words; the member has to agree anew: --consent-given-at",
    "consent_unknown": "the operator's settings know no such text of consent: --consent, --consent-text",
    "invalid_request": "the question can't be used as given",
}


class RemoteService:
    """A running service at an address, on behalf of the caller whose key it is."""

    unattended = False

    def __init__(self, url: str, key: str) -> None:
        """Take an address that is safe to send a member's details to. Raises ``click.UsageError`` for another."""
        if unsafe(url):
            raise click.UsageError("--url is https, or http to this machine")
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"}
        self._client = httpx.AsyncClient(trust_env=False, timeout=LONGEST_WAIT + MORE_SECONDS)

    async def ask(self, body: bytes, wait: float) -> Answer:
        """The answer to the question in ``body``, a JSON document, after at most ``wait`` seconds."""
        return await self._answer("POST", "/v1/verifications", wait, body)

    async def look(self, verification_id: str, wait: float) -> Answer:
        """The answer of an earlier verification, after at most ``wait`` seconds."""
        return await self._answer("GET", f"/v1/verifications/{verification_id}", wait)

    def look_again(self, verification_id: str) -> LookAgain:
        """How a pending answer of this service is looked at again."""
        return LookAgain((
            f"benefits show {verification_id} --url {self.url}",
            "the service goes on asking by itself, until the answer is final",
        ))  # fmt: skip

    async def fetch(self, path: str, model: type[Value], body: bytes | None = None) -> Value:
        """Return the ``model`` that stands at ``path`` of an interface; with a ``body`` it is posted there."""
        return await self._send("GET" if body is None else "POST", path, model, body)

    async def send_form(
        self, path: str, files: Mapping[str, tuple[str, bytes]], model: type[Value], seconds: float
    ) -> Value:
        """Post ``files``, each with its name, as a form, and return the ``model`` that becomes of it."""
        form = httpx.Request("POST", self.url + path, files=files)
        headers = {"Content-Type": form.headers["Content-Type"]}
        return await self._send("POST", path, model, await asyncio.to_thread(form.read), headers, seconds)

    async def stream_lines(self, path: str) -> AsyncIterator[str]:
        """Yield the lines of what stands at ``path``, as they come."""
        try:
            async with self._client.stream("GET", self.url + path, headers=self._headers) as response:
                if response.status_code != 200:
                    await response.aread()
                    raise click.ClickException(_refusal(response))
                async for line in response.aiter_lines():
                    yield line
        except httpx.HTTPError as failure:
            raise click.ClickException(f"the service can't be reached ({type(failure).__name__})") from None

    async def download(self, path: str, media_type: str) -> bytes:
        """Return what stands at ``path`` of an interface, in the form of ``media_type``."""
        response = await self._request("GET", path, None, {"Accept": media_type})
        if response.headers.get("Content-Type", "").split(";")[0] != media_type:
            raise click.ClickException("what answered is no service of this version: its answer can't be read")
        return response.content

    async def _answer(self, method: str, path: str, wait: float, body: bytes | None = None) -> Answer:
        return await self._send(method, path, Answer, body, {"Prefer": f"wait={min(round(wait), LONGEST_WAIT)}"})

    async def _send(
        self,
        method: str,
        path: str,
        model: type[Value],
        body: bytes | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
        seconds: float = LONGEST_WAIT + MORE_SECONDS,
    ) -> Value:
        response = await self._request(method, path, body, headers, seconds)
        try:
            return model.model_validate_json(response.content)
        except ValidationError:
            raise click.ClickException(
                "what answered is no service of this version: its answer can't be read"
            ) from None

    async def _request(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        seconds: float = LONGEST_WAIT + MORE_SECONDS,
    ) -> httpx.Response:
        sent = {**self._headers, **headers}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        try:
            response = await self._client.request(method, self.url + path, content=body, headers=sent, timeout=seconds)
        except httpx.HTTPError as failure:
            raise click.ClickException(f"the service can't be reached ({type(failure).__name__})") from None
        if response.status_code not in {200, 201, 202}:
            raise click.ClickException(_refusal(response))
        return response

    async def __aenter__(self) -> Self:
        """Open nothing yet: a connection is made when something is asked."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self._client.aclose()


def describe_refusal(code: str, errors: tuple[FieldError, ...]) -> str:
    """A refusal in one line, with options in place of fields: ``--member-id (missing)``."""
    fields = [
        f"{error.field if '.' in error.field else '--' + error.field.replace('_', '-')} ({error.code})"
        for error in errors
    ]
    sentence = _SENTENCES.get(code)
    return escape_for_terminal(
        f"refused: {sentence or code}{f' [{code}]' if sentence else ''}{': ' if fields else ''}{', '.join(fields)}"
    )


def _refusal(response: httpx.Response) -> str:
    try:
        document = ProblemDocument.model_validate_json(response.content)
    except ValidationError:
        return f"what stands at this address refused with {response.status_code}, and is no service of this version"
    return describe_refusal(document.code, document.errors)
