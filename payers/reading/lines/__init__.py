"""Which service is this line about, and what does it say of which program? Source: ``ANSWER.md`` 2.2 and 2.3."""
