"""Which of the addresses given as arguments a route would be opened to: one a line, and none is expected.

``--mutant`` before them leaves both checks of addresses out, the service's and the route's.
"""

import sys

import httpx

from contracts import RouteSettings
from payers.routes.core_mime import open_route
from payers.routes.shared import core_envelope, http
from service.security.urls import unsafe

is_mutant = sys.argv[1] == "--mutant"
if is_mutant:
    core_envelope.parse_safe_url = http.parse_safe_url = lambda url, setting="URL": httpx.URL(url)

for address in sys.argv[1 + is_mutant :]:
    try:
        open_route(RouteSettings(url=address, username="imaginary", password="imaginary", sender_id="IMAGINARY"))
    except (ValueError, httpx.InvalidURL):
        continue
    if is_mutant or not unsafe(address):
        print(address)
