"""A reply in a MIME form: each part is a field of the envelope, named by its content disposition.

Source: ``PROTOCOLS.md`` 4.1.3.
"""

from email.message import Message

from contracts import ReplyUnreadable
from payers.routes.shared.core_envelope import CoreEnvelope
from payers.routes.shared.http import Received
from payers.routes.shared.multipart import content_of, parts_of


def open_envelope(received: Received) -> CoreEnvelope:
    """Return the envelope of a reply. Raises ``ReplyUnreadable``."""
    if not received.media_type.startswith("multipart/"):
        raise ReplyUnreadable("media_type")
    found: dict[str, bytes] = {}
    for part in parts_of(received):
        name = _read_name(part)
        if name in found:
            raise ReplyUnreadable("repeated_part")
        if name:
            found[name] = content_of(part)
    if not found:
        raise ReplyUnreadable("no_parts")
    payload = found.pop("payload", b"")
    return CoreEnvelope({name: value.decode("latin-1").strip() for name, value in found.items()}, payload)


def _read_name(part: Message) -> str:
    """Return the field that a part carries, in lower case: servers spell PayloadID in several ways."""
    return str(part.get_param("name", "", header="content-disposition")).strip().lower()
