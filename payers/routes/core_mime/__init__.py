"""The route ``core_mime``: CAQH CORE connectivity vC2.2.0 as a MIME form, a raw 270 out and a raw reply in."""

from payers.routes.core_mime.route import CoreMime as CoreMime, open_route as open_route
