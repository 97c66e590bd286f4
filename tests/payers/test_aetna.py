"""The payer ``aetna`` keeps the promises of every payer."""

from pathlib import Path

from payers.aetna import adapter as the_adapter
from payers.conformance import AdapterConformance


class TestAdapter(AdapterConformance):
    adapter = the_adapter
    samples = Path(__file__).parent / "samples" / "aetna"
