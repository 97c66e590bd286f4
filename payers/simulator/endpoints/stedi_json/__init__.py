"""Stedi's endpoint, what it needs to be asked, and what its form cannot say."""

from payers.simulator.endpoints.stedi_json.endpoint import (
    SETTINGS as SETTINGS,
    UNSAID as UNSAID,
    StediJsonEndpoint as StediJsonEndpoint,
)
