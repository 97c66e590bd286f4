"""Wing two: all that runs. It meets the payers' wing in ``contracts`` and, at start-up, through entry points."""
