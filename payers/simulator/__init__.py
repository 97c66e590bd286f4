"""Payers that are not there: imaginary people known by name, weather on demand, a process of its own.

Nothing that runs imports this package; its command starts it.
"""
