"""The HTTP interface: the server, its limits, and what every endpoint shares."""
