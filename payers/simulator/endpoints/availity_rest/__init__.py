"""Availity's endpoint, what it needs to be asked, and what its form cannot say."""

from payers.simulator.endpoints.availity_rest.endpoint import (
    SETTINGS as SETTINGS,
    UNSAID as UNSAID,
    AvailityRestEndpoint as AvailityRestEndpoint,
)
