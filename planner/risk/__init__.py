"""What if the volume or the forecast is wrong?"""
