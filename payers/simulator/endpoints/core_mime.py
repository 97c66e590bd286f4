"""The payers' end of CORE MIME (vC2.2.0): strict about the envelope, and writing what real ones write.

Source: ``PROTOCOLS.md`` 4.1.3 to 4.1.5 and 7.
"""

from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage

from payers.simulator.endpoints.shared.core_responder import SETTINGS as CORE_SETTINGS, CoreResponder, CoreResponse
from payers.simulator.faults import FaultSource
from payers.simulator.http_messages import Request, Response
from payers.simulator.payer_system import PayerSystem

PATH = "/core/mime"
SETTINGS = {"URL": PATH, **CORE_SETTINGS}
_BOUNDARY = "CORE-b1a2c3d4e5f6"


class CoreMimeEndpoint:
    """One endpoint for all simulated payers; the inquiry names the payer."""

    paths: Sequence[str] = (PATH,)
    asked_at = PATH

    def __init__(self, faults: FaultSource, payers: PayerSystem) -> None:
        """Take the faults and the payers."""
        self.violations: list[str] = []
        self._responder = CoreResponder(faults, payers, self.violations)

    async def answer(self, request: Request) -> Response:
        """Return the response to one request."""
        if request.method != "POST":
            self.violations.append("method")
            return Response(status=405)
        if not request.content_type.lower().startswith("multipart/form-data"):
            self.violations.append("media_type")
            return Response(status=400)
        answered = await self._responder.answer(_fields(request.content_type, request.body))
        return _envelope(answered)._replace(fault=answered.fault)


def _envelope(answered: CoreResponse) -> Response:
    body = b"".join(_part(name, value.encode("latin-1", "replace")) for name, value in answered.fields)
    if answered.payload:
        body += _part("Payload", answered.payload)
    body += f"--{_BOUNDARY}--\r\n".encode()
    return Response(headers=(("Content-Type", f"multipart/form-data; boundary={_BOUNDARY}"),), body=body)


def _part(name: str, value: bytes) -> bytes:
    return f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"


def _fields(content_type: str, body: bytes) -> dict[str, bytes]:
    """Return the parts of a request by name in lower case: some senders spell the names their own way."""
    head = b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n"
    message = message_from_bytes(head + body, _class=EmailMessage, policy=policy.HTTP)
    found: dict[str, bytes] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = str(part.get_param("name", "", header="content-disposition")).lower()
        content = part.get_payload(decode=True)
        found[name] = content if isinstance(content, bytes) else b""
    return found
