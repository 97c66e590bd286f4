"""Changes of the rules, for commands that read replies by them."""


def without_service_types() -> None:
    """A service type no longer names a program."""
    import contracts

    contracts.PROGRAM_SERVICE_TYPES = ()
