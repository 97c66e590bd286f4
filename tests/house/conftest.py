"""The stranger's payer is a project of its own: its tests run in its own process, where it is installed."""

collect_ignore = ["acme"]
