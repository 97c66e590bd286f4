"""Imaginary payers, as a process of their own: people known by name, scenarios, and faults on demand.

Nothing that runs imports this package; its command starts it.
"""
