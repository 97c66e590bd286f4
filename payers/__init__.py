"""All that knows a payer: meaning (payers, adapter, reading) and bytes (x12, routes, simulator) that never touch.

A new payer is a module with a card and a dialect, such as ``aetna``; ``README.md`` shows how. A new route is a folder
of ``routes``.
"""
