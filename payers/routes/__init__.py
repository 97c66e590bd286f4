"""Routes, a folder each: one exchange on one wire format, with no policy; ``http`` alone builds a client."""
