"""Availity's endpoint, what it needs to be asked, and what its form cannot say."""

from payers.simulator.endpoints.availity_rest.endpoint import SETTINGS, UNSAID, AvailityRestEndpoint

__all__ = ["SETTINGS", "UNSAID", "AvailityRestEndpoint"]
