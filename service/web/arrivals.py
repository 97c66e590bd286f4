"""How long bytes of a connection have stood in the kernel before anybody here read them.

A loop that is held up accepts and reads late. Only the kernel knows since when a request has been there, so a caller's
wait is counted by it. Source: ``tcp_info`` of Linux, ``tcpi_last_data_recv``; for a connection that nobody accepted yet
it counts as well. Other systems keep it elsewhere or not at all: there the wait begins when the request is read.
"""

import socket
import struct
import sys

_LAST_DATA_AT = 52
"""Where ``tcpi_last_data_recv`` stands: milliseconds, 32 bits."""

_MILLISECONDS = struct.Struct("=I")

_IS_KNOWN = sys.platform == "linux"


def seconds_since_data(connection: socket.socket) -> float:
    """Return seconds since the last bytes of ``connection`` arrived in the kernel; 0 where that is not known."""
    if not _IS_KNOWN:
        return 0.0
    try:
        found = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_DATA_AT + _MILLISECONDS.size)
    except OSError:
        return 0.0
    if len(found) < _LAST_DATA_AT + _MILLISECONDS.size:
        return 0.0
    return float(_MILLISECONDS.unpack_from(found, _LAST_DATA_AT)[0]) / 1000.0
