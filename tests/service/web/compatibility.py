"""What a change of an OpenAPI document breaks for the clients of the earlier one.

No kept library in Python says so. Only what FastAPI and pydantic generate is understood: references, ``anyOf``, enums,
objects, arrays, and bounds of strings. Closed sets of words may grow and never shrink: a client keeps one that it does
not know.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any

Document = dict[str, Any]


class Direction(Enum):
    """Who writes a value: the client, which may not be asked for more, or the service, which may not give less."""

    REQUEST = "request"
    RESPONSE = "response"


def breaking_changes(old: Document, new: Document) -> list[str]:
    """Every change in ``new`` that a client of ``old`` may fail on, with where it stands."""
    return list(_Comparison(old, new).operations())


class _Comparison:
    def __init__(self, old: Document, new: Document) -> None:
        self._old, self._new = old, new

    def operations(self) -> Iterator[str]:
        for path, methods in self._old["paths"].items():
            for method, old in methods.items():
                where = f"{method.upper()} {path}"
                new = self._new["paths"].get(path, {}).get(method)
                if new is None:
                    yield f"{where}: removed"
                    continue
                if old["operationId"] != new["operationId"]:
                    yield f"{where}: another operationId"
                if any(scheme not in _schemes(new) for scheme in _schemes(old)) or bool(_schemes(old)) != bool(
                    _schemes(new)
                ):
                    yield f"{where}: another way to authenticate"
                yield from self._parameters(old, new, where)
                yield from self._body(old, new, where)
                yield from self._responses(old, new, where)

    def _parameters(self, old: Document, new: Document, where: str) -> Iterator[str]:
        known = {(one["in"], one["name"].lower()): one for one in old.get("parameters", ())}
        found = {(one["in"], one["name"].lower()): one for one in new.get("parameters", ())}
        for key in known.keys() - found.keys():
            yield f"{where} {key[1]}: removed"
        for key, one in found.items():
            before = known.get(key)
            if one["required"] and not (before and before["required"]):
                yield f"{where} {key[1]}: now required"
            if before:
                yield from self._schemas(before["schema"], one["schema"], f"{where} {key[1]}", Direction.REQUEST)

    def _body(self, old: Document, new: Document, where: str) -> Iterator[str]:
        before, after = old.get("requestBody", {}), new.get("requestBody", {})
        if after.get("required") and not before.get("required"):
            yield f"{where} body: now required"
        yield from self._contents(before, after, f"{where} body", Direction.REQUEST)

    def _responses(self, old: Document, new: Document, where: str) -> Iterator[str]:
        for status, before in old["responses"].items():
            after = new["responses"].get(status)
            if after is None:
                yield f"{where} {status}: removed"
                continue
            for header in before.get("headers", {}).keys() - after.get("headers", {}).keys():
                yield f"{where} {status} {header}: removed"
            yield from self._contents(before, after, f"{where} {status}", Direction.RESPONSE)

    def _contents(self, old: Document, new: Document, where: str, direction: Direction) -> Iterator[str]:
        for media_type, before in old.get("content", {}).items():
            after = new.get("content", {}).get(media_type)
            if after is None:
                yield f"{where} {media_type}: removed"
            else:
                yield from self._schemas(before["schema"], after["schema"], where, direction)

    def _schemas(self, old: Document, new: Document, where: str, direction: Direction) -> Iterator[str]:
        before, after = _by_type(old, self._old), _by_type(new, self._new)
        narrower, wider = (after, before) if direction is Direction.REQUEST else (before, after)
        for kind in wider.keys() - narrower.keys():
            yield f"{where}: {kind} is {'refused' if direction is Direction.REQUEST else 'new'}"
        for kind in before.keys() & after.keys():
            yield from self._same_type(before[kind], after[kind], where, direction)

    def _same_type(self, old: Document, new: Document, where: str, direction: Direction) -> Iterator[str]:
        words, left = _words(old), _words(new)
        if left is not None and (words is None or words - left):
            yield f"{where}: fewer values"
        if direction is Direction.REQUEST:
            yield from _tighter_bounds(old, new, where)
        if "items" in old and "items" in new:
            yield from self._schemas(old["items"], new["items"], f"{where}[]", direction)
        yield from self._objects(old, new, where, direction)

    def _objects(self, old: Document, new: Document, where: str, direction: Direction) -> Iterator[str]:
        required, needed = set(old.get("required", ())), set(new.get("required", ()))
        changed = needed - required if direction is Direction.REQUEST else required - needed
        for name in changed & new.get("properties", {}).keys():
            yield f"{where}.{name}: {'now required' if direction is Direction.REQUEST else 'no longer always there'}"
        closed = [schema.get("additionalProperties") is False for schema in (old, new)]
        if direction is Direction.REQUEST and closed == [False, True]:
            yield f"{where}: other fields are refused"
        for name, before in old.get("properties", {}).items():
            after = new.get("properties", {}).get(name)
            if after is None:
                yield f"{where}.{name}: removed"
            else:
                yield from self._schemas(before, after, f"{where}.{name}", direction)


def _schemes(operation: Document) -> list[list[str]]:
    return [sorted(one) for one in operation.get("security", ())]


def _words(schema: Document) -> set[Any] | None:
    """The only values that are possible, or None when there are others."""
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None


def _tighter_bounds(old: Document, new: Document, where: str) -> Iterator[str]:
    for bound, sign in (("maxLength", -1), ("maxItems", -1), ("maximum", -1), ("minLength", 1), ("minItems", 1)):
        if bound in new and (bound not in old or sign * (new[bound] - old[bound]) > 0):
            yield f"{where}: tighter {bound}"
    if new.get("pattern") not in {None, old.get("pattern")}:
        yield f"{where}: another pattern"


def _by_type(schema: Document, document: Document) -> dict[str, Document]:
    """The alternatives of a schema, by their JSON type and format."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema:
        found: dict[str, Document] = {}
        for one in schema["anyOf"]:
            found.update(_by_type(one, document))
        return found
    return {" ".join(filter(None, (schema.get("type"), schema.get("format")))): schema}
