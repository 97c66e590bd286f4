"""Which rung decides for a program, and what are its terms? Source: ``ANSWER.md`` 2.1, 2.5 and 4."""
