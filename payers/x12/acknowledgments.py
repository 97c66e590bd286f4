"""999 and TA1 as a payer's end writes them in place of a 271. Source: ``REFERENCE.md`` 1."""

from payers.x12.writing import VERSION, InterchangeEnvelope, day_and_hour, enclose_segments, write_interchange

_VERSION_999 = "005010X231A1"


def write_999(envelope: InterchangeEnvelope, *, accepted: bool, group: str, transaction_set: str = "0001") -> bytes:
    """Return a 999 that answers the 270 of ``group`` (its GS06): accepted, or rejected for a value of its NM1."""
    verdict = "A" if accepted else "R"
    error = [] if accepted else [("IK3", "NM1", "9", "2100", "8"), ("IK4", "9", "67", "7")]
    body = [
        ("AK1", "HS", group, VERSION),
        ("AK2", "270", transaction_set, VERSION),
        *error,
        ("IK5", verdict) if accepted else ("IK5", verdict, "I5"),
        ("AK9", verdict, "1", "1", "1" if accepted else "0"),
    ]
    return write_interchange(envelope, "999", "FA", body, _VERSION_999)


def write_ta1(envelope: InterchangeEnvelope, *, accepted: bool, interchange: str, note: str = "000") -> bytes:
    """Return a TA1 that answers ``interchange`` (our ISA13); ``note`` is TA105, 000 when nothing is wrong."""
    day, hour = day_and_hour(envelope.at)
    verdict = "A" if accepted else "R"
    ta1 = ("TA1", interchange, day[2:], hour, verdict, note)
    return enclose_segments(envelope, [ta1, ("IEA", "0", envelope.interchange)])
