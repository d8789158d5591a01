"""Which GPUs, models and prices exist?

Start with ``lookup``: it finds what a name means.
"""
