"""What each route's JSON says, as the neutral ``Benefits``: pure mappings, JSON in and nothing else.

A mapping says what a 271 would say, element by element, in the same codes; where the JSON spells a code out the table
of ``codes`` gives it back, and what no table knows is kept as it was sent. ``at`` is a JSON path, ``text`` the JSON of
the element. Nothing is judged here.
"""
