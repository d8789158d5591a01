"""Are our forecasts right? For developers.

Start with ``accuracy``.
"""
