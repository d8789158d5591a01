"""Which fleet, is it enough, and what does it cost?

Start with ``make_plan``.
"""
