"""Logs, the log writer and the watchdog of the event loop."""
