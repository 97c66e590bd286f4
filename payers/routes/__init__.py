"""Routes, a folder each: one exchange on one wire format, with no policy; ``shared.http`` alone builds a client."""
