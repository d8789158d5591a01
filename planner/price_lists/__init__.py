"""What does a price list say, and what does it change?

Start with ``price_list_file``.
"""
