"""One question, one answer in time: single-flight, runs, the carve-out, settlement."""
