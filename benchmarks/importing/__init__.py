"""How are other tools' result files read?

Start with ``measurement_files``.
"""
