"""Settings that a route of somebody else's has beside those of every route: a model that its distribution declares.

The model is the type of the first argument of its ``open_route``: ``def open_route(settings: AcmeSettings) -> Route``
with ``class AcmeSettings(RouteSettings)``. Routes of ours have none.
"""

from functools import cache
from inspect import signature
from typing import get_type_hints

from contracts import RouteSettings
from service.entry_points import DISTRIBUTION, ROUTES, entries, load, owner


@cache
def settings_of(route: str) -> type[RouteSettings]:
    """Return the model of the settings of ``route``; ``RouteSettings`` when it has none of its own.

    Raises ``PluginRefused`` when the route can't be loaded.
    """
    point = next((point for point in entries(ROUTES) if point.name == route), None)
    if point is None or owner(point) == DISTRIBUTION:
        return RouteSettings
    opener = load(point)
    try:
        first = next(iter(signature(opener).parameters))  # type: ignore[arg-type]  # A plugin may be anything.
        declared = get_type_hints(opener).get(first)
    except (StopIteration, TypeError, ValueError, NameError):
        # What opens no route is refused where it is opened.
        return RouteSettings
    return declared if isinstance(declared, type) and issubclass(declared, RouteSettings) else RouteSettings
