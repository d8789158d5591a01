"""The store: measurements, calibration runs, additions to the catalogue, saved scenarios.

Start with ``storage``.
"""
