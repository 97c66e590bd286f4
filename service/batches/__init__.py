"""Whole rosters: hundreds to a hundred thousand members, checked before anybody is asked, then asked at payers' pace.

``README.md`` of this folder is the map.
"""
