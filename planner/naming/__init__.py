"""What does a model's name say?

Start with ``model_name``.
"""
