"""Which GPUs, how many, and at what cost, to serve a language model with vLLM."""
