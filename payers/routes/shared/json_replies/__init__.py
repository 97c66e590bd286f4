"""What the JSON routes share: parsing within limits, the names of codes, the elements of a 271, the raw 271 inside.

A route's ``reply`` module maps its JSON to ``Benefits``: it says what a 271 would say, element by element, in the same
codes. Where the JSON spells a code out, ``codes`` has the code; what no table knows is kept as it was sent. ``at`` is
a JSON path, ``text`` the JSON of the element. Nothing is judged here.
"""
