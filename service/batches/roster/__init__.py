"""The parts of ``service.batches.reading``: files as tables, headers, cells, dates, and what a mapping file says."""
