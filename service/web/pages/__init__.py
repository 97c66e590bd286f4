"""Server-rendered pages for people: the verify form of visitors, and the desk of the staff."""
