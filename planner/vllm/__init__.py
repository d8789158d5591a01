"""What does vLLM do with a model on a GPU?

Start with ``deployment``, then ``memory``.
"""
