"""What was measured, and by whom?

Start with ``measurement``.
"""
