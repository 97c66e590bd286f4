"""A reply in a MIME form: each part is a field of the envelope, named by its content disposition.

Source: ``PROTOCOLS.md`` 4.1.3.
"""

from functools import lru_cache

from contracts import ReplyUnreadable
from payers.routes.shared.core_envelope import CoreEnvelope
from payers.routes.shared.http import Received
from payers.routes.shared.multipart import parameters_of, parts_of

_PAYLOAD = "payload"
"""The part that shows by itself whether it is whole: an interchange has its own end."""


def open_envelope(received: Received) -> CoreEnvelope:
    """Return the envelope of a reply. Raises ``ReplyUnreadable``."""
    if not received.media_type.startswith("multipart/"):
        raise ReplyUnreadable("media_type")
    found: dict[str, bytes] = {}
    for part in parts_of(received):
        name = _field_of(part.headers.get("content-disposition", ""))
        if name in found:
            raise ReplyUnreadable("repeated_part")
        if not (part.is_whole or name == _PAYLOAD):
            # Of an error code that was cut off another one may be left.
            raise ReplyUnreadable("cut_off")
        if name:
            found[name] = part.content
    if not found:
        raise ReplyUnreadable("no_parts")
    payload = found.pop(_PAYLOAD, b"")
    return CoreEnvelope({name: value.decode("latin-1").strip() for name, value in found.items()}, payload)


@lru_cache(maxsize=64)
def _field_of(disposition: str) -> str:
    """Return the name of a part, in lower case: servers spell PayloadID in several ways. Raises ``ReplyUnreadable``."""
    return parameters_of(disposition).get("name", "").strip().lower()
