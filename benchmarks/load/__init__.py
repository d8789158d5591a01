"""How is a load driven, and is its result what it claims?

Start with ``bench_run``.
"""
