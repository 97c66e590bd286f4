"""The payers' ends of the roads: each reads its wire format strictly, and writes it as the real one does."""
