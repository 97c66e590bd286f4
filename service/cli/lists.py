"""How commands print lists of what is kept: instants for people, and JSON for programs."""

from datetime import datetime


def show_time(at: datetime) -> str:
    """Return an instant for people, to the minute."""
    return at.strftime("%Y-%m-%d %H:%M")


def json_value(value: object) -> object:
    """Return what JSON has no form for in one that it has: an instant by RFC 3339."""
    if not isinstance(value, datetime):
        raise TypeError("no form in JSON")
    return value.isoformat()
