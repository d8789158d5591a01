"""What do the measurements teach?

Start with ``throughput``.
"""
