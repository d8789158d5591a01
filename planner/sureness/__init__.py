"""How sure is it that enough runs, and that it is fast enough?

Start with ``probability``.
"""
