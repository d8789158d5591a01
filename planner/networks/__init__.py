"""What is a network made of: its weights, their formats, and what it keeps of a sequence?

Start with ``network_from_config``: it reads a network from a ``config.json``.
"""
