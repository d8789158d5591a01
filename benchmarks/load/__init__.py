"""How is a load sent to a server, and can its result be believed?

Start with ``bench_run``.
"""
