"""The payer ``unitedhealthcare`` keeps the promises of every payer."""

from pathlib import Path

from payers.conformance import AdapterConformance
from payers.unitedhealthcare import adapter as the_adapter


class TestAdapter(AdapterConformance):
    adapter = the_adapter
    samples = Path(__file__).parent / "samples" / "unitedhealthcare"
