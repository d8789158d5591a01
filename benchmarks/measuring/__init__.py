"""How does one calibration run from start to end?

Start with ``agent``.
"""
