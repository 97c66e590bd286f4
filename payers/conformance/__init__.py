"""The suites that every payer and every route must pass: inherited by a test, without switches and without skips.

class TestAcme(AdapterConformance):
    adapter = adapter
    samples = Path(__file__).parent / "samples"
"""

from payers.conformance.adapters import AdapterConformance as AdapterConformance
from payers.conformance.routes import RouteConformance as RouteConformance
from payers.conformance.scripted import ScriptedGateway as ScriptedGateway
