"""How DBOS writes the arguments of a step: as JSON, and never as a pickle, which would run its writer's code."""

import json
from datetime import datetime
from typing import Any

from dbos import Serializer as EngineSerializer
from dbos._serialization import DefaultSerializer as PickleSerializer


class JsonCodec(EngineSerializer):
    """Arguments as JSON: the engine's default is pickle, which logs an argument that it cannot write.

    Of what a step raised only the type is written, since words may be about a member.
    """

    def serialize(self, data: Any) -> str:  # noqa: ANN401 - the codec's edge
        """Write ``data``."""
        return json.dumps(data, default=_plain)

    def deserialize(cls, serialized_data: str) -> Any:  # noqa: ANN401, N805 - as the engine declares it
        """Read what ``serialize`` wrote."""
        return json.loads(serialized_data)


def _plain(other: object) -> str:
    """What JSON has no form for: an instant, which is the argument of a schedule, and otherwise the type alone."""
    return other.isoformat() if isinstance(other, datetime) else type(other).__name__


def _refuse_pickle(*_: object) -> Any:  # noqa: ANN401 - as the engine declares it
    """Read nothing: reading a pickle runs whatever its writer wants."""
    raise TypeError("a pickle is not read")


# Each row names the codec that it is read by, so whoever writes the database would choose pickle, and run code here.
PickleSerializer.deserialize = _refuse_pickle  # type: ignore[method-assign,assignment]
