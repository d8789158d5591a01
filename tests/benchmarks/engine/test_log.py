from __future__ import annotations

import pytest

from benchmarks.engine.log import decisive_words, is_out_of_memory, is_port_in_use, logged_memory

KV_TOO_SMALL = """\
(EngineCore pid=7) INFO 11-22 16:26:30 [core.py:133] Initializing a V1 LLM engine
(EngineCore pid=7) ERROR 11-22 16:26:32 [core.py:1510] EngineCore failed to start.
(EngineCore pid=7) ERROR 11-22 16:26:32 [core.py:1510] Traceback (most recent call last):
(EngineCore pid=7) ERROR 11-22 16:26:32 [core.py:1510] ValueError: To serve at least one request \
(0.02 GiB KV cache is needed). The estimated maximum model length is 3968.
(APIServer pid=5) Traceback (most recent call last):
RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}
/usr/lib/python3.11/multiprocessing/resource_tracker.py:254: UserWarning: leaked shared_memory
  warnings.warn('resource_tracker: There appear to be %d '
"""
TOO_LONG = """\
pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig
  Value error, User-specified max_model_len (80000) is greater than 32768. [type=value_error]
    For further information visit https://errors.pydantic.dev
"""
WORKER_DIED = """\
(EngineCore pid=7) ERROR 11-22 16:25:51 [multiproc_executor.py:315] Worker proc 0 died unexpectedly
(EngineCore pid=7) ERROR 11-22 16:25:51 [core.py:1512] RuntimeError: cancelled
(APIServer pid=5) ERROR 11-22 16:25:51 [async_llm.py:906] \
vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue.
INFO:     Finished server process [5]
"""
BAD_FLAG = """\
usage: vllm serve [model_tag] [options]
vllm serve: error: unrecognized arguments: --tensor-paralel-size 2
"""


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (
            KV_TOO_SMALL,
            "ValueError: To serve at least one request (0.02 GiB KV cache is needed). "
            "The estimated maximum model length is 3968.",
        ),
        (
            TOO_LONG,
            "pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig "
            "Value error, User-specified max_model_len (80000) is greater than 32768.",
        ),
        (WORKER_DIED, "Worker proc 0 died unexpectedly"),
        (BAD_FLAG, "vllm serve: error: unrecognized arguments: --tensor-paralel-size 2"),
        ("INFO 11-22 16:25:51 [a.py:1] Loading weights\n\n", "Loading weights"),
        ("", None),
    ],
)
def test_the_cause_is_told_and_not_what_followed_from_it(log: str, words: str | None) -> None:
    assert decisive_words(log) == words


def test_a_port_in_use_and_memory_that_ran_out_are_recognised() -> None:
    assert is_port_in_use("OSError: [Errno 98] Address already in use")
    assert is_out_of_memory("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate")
    assert not is_port_in_use(KV_TOO_SMALL)
    assert not is_out_of_memory(KV_TOO_SMALL)


def test_memory_figures_are_read_from_the_log_of_a_start_on_a_gpu() -> None:
    logged = logged_memory(
        "INFO [gpu_model_runner.py:1] Model loading took 13.4967 GiB memory and 3.2 seconds\n"
        "INFO [gpu_worker.py:1] Available KV cache memory: 54.12 GiB\n"
        "INFO [kv_cache_utils.py:1] GPU KV cache size: 443,344 tokens\n"
        "INFO [kv_cache_utils.py:1] Maximum concurrency for 32,768 tokens per request: 13.53x\n"
    )
    assert (logged.weights_gib, logged.kv_cache_gib) == (13.4967, 54.12)
    assert (logged.kv_cache_tokens, logged.max_concurrency) == (443344, 13.53)


def test_figures_that_the_log_does_not_state_are_none() -> None:
    logged = logged_memory("CPU KV cache size: 524,288 tokens")
    assert (logged.weights_gib, logged.kv_cache_tokens) == (None, 524288)
