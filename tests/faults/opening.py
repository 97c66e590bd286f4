"""Which of the addresses given as arguments a route would be opened to: one a line, and none is expected."""

import sys

from contracts import RouteSettings
from payers.routes.core_mime import open_route
from service.security.urls import unsafe

for address in sys.argv[1:]:
    try:
        open_route(RouteSettings(url=address, username="imaginary", password="imaginary", sender_id="IMAGINARY"))
    except ValueError:
        continue
    if not unsafe(address):
        print(address)
