"""The desk of the staff: the work list, a new verification, the record of one, and what follows from it."""
