"""The endpoints of the imaginary payers, one for each route: strict about a request, and writing as the real one does.

A new endpoint is a module or a folder here and a line in ``ENDPOINTS``.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from payers.simulator.endpoints import availity_rest, core_mime, core_soap, optum_json, optum_real, stedi_json
from payers.simulator.faults import FaultSource
from payers.simulator.http_messages import Endpoint
from payers.simulator.payer_system import PayerSystem


class SimulatedRoute(NamedTuple):
    """How one route is simulated.

    ``settings`` are what a service needs to ask the endpoint; a value that begins with ``/`` is a path of the
    simulator's. ``unsaid`` is what the form of the route cannot say: patterns of a scenario and of a path of the
    answer, and the reason.
    """

    endpoint: Callable[[FaultSource, PayerSystem], Endpoint]
    settings: Mapping[str, str]
    unsaid: Mapping[str, str]


ENDPOINTS: Mapping[str, SimulatedRoute] = {
    "core_mime": SimulatedRoute(core_mime.CoreMimeEndpoint, core_mime.SETTINGS, {}),
    "core_soap": SimulatedRoute(core_soap.CoreSoapEndpoint, core_soap.SETTINGS, {}),
    "availity_rest": SimulatedRoute(availity_rest.AvailityRestEndpoint, availity_rest.SETTINGS, availity_rest.UNSAID),
    "optum_json": SimulatedRoute(optum_json.OptumJsonEndpoint, optum_json.SETTINGS, optum_json.UNSAID),
    "stedi_json": SimulatedRoute(stedi_json.StediJsonEndpoint, stedi_json.SETTINGS, stedi_json.UNSAID),
    "optum_real": SimulatedRoute(optum_real.OptumRealEndpoint, optum_real.SETTINGS, optum_real.UNSAID),
}
"""Every route that is simulated, by its name."""
