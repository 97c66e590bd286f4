"""The payers' ends of the routes: each reads its wire format strictly, and writes it as the real one does."""
