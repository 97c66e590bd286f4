"""Everything that runs. It shares ``contracts`` with ``payers``, and finds payers and routes by entry points."""
