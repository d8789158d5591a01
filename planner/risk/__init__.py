"""What if the volume or the forecast is wrong?

Start with ``assess_risk``.
"""
