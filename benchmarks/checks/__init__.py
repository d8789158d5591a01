"""How accurate are our forecasts? For developers.

Start with ``accuracy``.
"""
