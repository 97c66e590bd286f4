"""A request as a MIME form: each field of the envelope is a part. Source: ``PROTOCOLS.md`` 4.1.3."""

from typing import NamedTuple

from payers.routes.shared.core_envelope import REQUEST_TYPE, RULE_VERSION, Outgoing


class Form(NamedTuple):
    """A written form: the content type that names its boundary, and its bytes."""

    content_type: str
    content: bytes

    def __repr__(self) -> str:
        """Show no content."""
        return f"Form(bytes={len(self.content)})"


def write_form(outgoing: Outgoing, username: str, password: str) -> Form:
    """Return the form around an inquiry. Its boundary is made of the random id, and so stands in none of the values."""
    boundary = f"form-{outgoing.envelope_id}"
    begin = f'--{boundary}\r\nContent-Disposition: form-data; name="'
    fields = (
        ("PayloadType", REQUEST_TYPE),
        ("ProcessingMode", "RealTime"),
        ("PayloadID", outgoing.envelope_id),
        ("TimeStamp", outgoing.timestamp),
        ("UserName", username),
        ("Password", password),
        ("SenderID", outgoing.sender),
        ("ReceiverID", outgoing.receiver),
        ("CORERuleVersion", RULE_VERSION),
    )
    head = "".join([f'{begin}{name}"\r\n\r\n{value}\r\n' for name, value in fields])
    content = f'{head}{begin}Payload"\r\n\r\n'.encode() + outgoing.payload + f"\r\n--{boundary}--\r\n".encode()
    return Form(f"multipart/form-data; boundary={boundary}", content)
