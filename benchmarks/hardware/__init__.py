"""Which GPU is this, and what is its state?

Start with ``cards``.
"""
