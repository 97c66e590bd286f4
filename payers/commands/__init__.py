"""The commands that the payers bring to the command line; each module holds one, named ``command``."""
