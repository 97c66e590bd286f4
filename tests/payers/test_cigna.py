"""The payer ``cigna`` keeps the promises of every payer."""

from pathlib import Path

from payers.cigna import adapter as the_adapter
from payers.conformance import AdapterConformance


class TestAdapter(AdapterConformance):
    adapter = the_adapter
    samples = Path(__file__).parent / "samples" / "cigna"
