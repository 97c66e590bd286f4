"""UnitedHealthcare's GraphQL endpoint, what it needs to be asked, and what its form cannot say."""

from payers.simulator.endpoints.optum_real.endpoint import (
    SETTINGS as SETTINGS,
    STRANGER as STRANGER,
    OptumRealEndpoint as OptumRealEndpoint,
)
from payers.simulator.endpoints.optum_real.unsaid import UNSAID as UNSAID
