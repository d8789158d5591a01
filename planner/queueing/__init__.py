"""How long does a request wait when others are there?

Start with ``sojourn``.
"""
