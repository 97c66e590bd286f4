"""The report of one verification: everything that is known of it as one record, for people and for other programs.

``record`` makes the record and its hash, ``page`` what stands on the printed page; ``html``, ``pdf`` and ``fhir``
write it. ``integrity`` says whether a file still is what was written.
"""
