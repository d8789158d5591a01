"""What leaves the program: the sizing report as a PDF, results as JSON, and files to deploy.

Start with ``pdf``.
"""
