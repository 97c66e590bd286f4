"""Routes: one exchange each, on one wire format, with no policy; ``http`` is the one place that builds a client."""
