"""Which load points are worth measuring?

Start with ``choice``.
"""
