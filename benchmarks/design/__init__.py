"""Which load points are worth measuring?

Start with ``optimal_design``.
"""
