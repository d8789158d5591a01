"""What leaves the program: the sizing report as a PDF, and results as JSON.

Start with ``pdf``.
"""
