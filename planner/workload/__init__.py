"""What has to be processed: which requests, how many, and when?

Start with ``length_distribution``.
"""
