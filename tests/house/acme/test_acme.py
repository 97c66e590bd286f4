"""Acme keeps the promises of every payer."""

from pathlib import Path

from acme_payer import adapter as the_adapter

from payers.conformance import AdapterConformance


class TestAcme(AdapterConformance):
    adapter = the_adapter
    samples = Path(__file__).parent / "samples"
