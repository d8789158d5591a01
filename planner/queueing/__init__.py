"""How long does a request wait when others are there?

Start with ``in_system`` in ``sojourn.py``.
"""
