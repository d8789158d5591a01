"""How fast, how certain, and on what evidence?

Start with ``forecaster``.
"""
