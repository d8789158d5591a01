"""What is the least that a request can cost?

Start with ``request_terms``.
"""
