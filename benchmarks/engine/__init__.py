"""How is an engine started, watched, queried and stopped?

Start with ``vllm_process``.
"""
