"""All that knows a payer: meaning (payers, adapter, reading) and bytes (x12, routes, simulator) that never touch."""
