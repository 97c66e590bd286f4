"""The route ``core_soap``: CAQH CORE connectivity vC2.2.0 as SOAP 1.2, a raw 270 out and a raw reply in."""

from payers.routes.core_soap.route import CoreSoap as CoreSoap, open_route as open_route
