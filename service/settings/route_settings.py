"""Settings that a road of somebody else's has beside those of every road: a model that its distribution declares.

The model is the type of the first argument of its ``open_route``: ``def open_route(settings: AcmeSettings) -> Route``
with ``class AcmeSettings(RoadSettings)``. Roads of ours have none.
"""

from functools import cache
from inspect import signature
from typing import get_type_hints

from contracts import RoadSettings
from service.entry_points import DISTRIBUTION, ROUTES, entries, load, owner


@cache
def settings_of(road: str) -> type[RoadSettings]:
    """The model of the settings of ``road``; ``RoadSettings`` when it has none of its own.

    Raises ``PluginRefused`` when the road can't be loaded.
    """
    point = next((point for point in entries(ROUTES) if point.name == road), None)
    if point is None or owner(point) == DISTRIBUTION:
        return RoadSettings
    opener = load(point)
    try:
        first = next(iter(signature(opener).parameters))  # type: ignore[arg-type]  # A plugin may be anything.
        declared = get_type_hints(opener).get(first)
    except (StopIteration, TypeError, ValueError, NameError):
        # What opens no road is refused where it is opened.
        return RoadSettings
    return declared if isinstance(declared, type) and issubclass(declared, RoadSettings) else RoadSettings
