"""How is what a user enters read, and how is it refused?

Start with ``scenario_v2``.
"""
