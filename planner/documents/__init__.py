"""How long are the user's own documents, in tokens?

Start with ``counted_files``.
"""
