"""The gateway's endpoint of Medical Network Eligibility v3, what it needs to be asked, and what its form cannot say."""

from payers.simulator.endpoints.optum_json.endpoint import (
    SETTINGS as SETTINGS,
    UNSAID as UNSAID,
    OptumJsonEndpoint as OptumJsonEndpoint,
)
