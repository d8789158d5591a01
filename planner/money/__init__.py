"""What does anything cost: hardware, people, hosted services, years?

Start with ``cost_of_items``.
"""
