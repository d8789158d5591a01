"""Which documents run on which machines, if a fleet has machines of several kinds?

Start with ``whole_plan``.
"""
