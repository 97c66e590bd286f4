"""Which plan is it, is it active, who runs the benefit, what is left of its figures? Source: ``ANSWER.md`` 3."""
