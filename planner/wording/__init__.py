"""How do we say it? One wording for the page, the command line and the PDF.

Start with ``explanation``.
"""
