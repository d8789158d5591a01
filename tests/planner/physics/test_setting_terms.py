"""Engine settings: their effect on the terms by hand, and what they may never do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from planner.catalog.lookup import Catalog, load_catalog
from planner.catalog.model_spec import QUANTIZATIONS
from planner.networks.quantization import Quantization
from planner.physics.concurrency import effective_concurrency
from planner.physics.request_terms import request_terms
from planner.physics.setting_terms import (
    StepBudget,
    attended_share,
    cached_tokens,
    computed_per_token,
    eager_step_overheads,
    extra_passes,
    sequences_in_cache,
    steps_per_token,
    tokens_per_step,
    tokens_read_again,
)
from planner.physics.terms import TERM_NAMES, Term
from planner.physics.work import work_of
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.lora import LoraAdapters
from planner.vllm.speculative_decoding import SpeculativeDecoding

CATALOG: Catalog = load_catalog()

DECODING = [Term.WEIGHTS_READ, Term.DECODE_ARITHMETIC]


def one(value: float) -> np.ndarray:
    return np.array([float(value)])


def mistral(quantization: Quantization = "none", **engine: Any) -> Deployment:
    model = CATALOG.model("mistralai/Mistral-7B-Instruct-v0.2")
    settings_ = EngineConfig(**engine)
    return Deployment(CATALOG.gpu("A100 80GB"), 1, model, quantization, settings_)


def x_of(deployment: Deployment, inputs: float, outputs: float, running: float) -> dict[str, float]:
    row = request_terms(work_of(deployment), one(inputs), one(outputs), one(running))[0]
    return dict(zip(TERM_NAMES, row.tolist(), strict=True))


# Before there were settings these were the terms at 8,000 tokens in, 150 out, 64 at once.
UNSET = {
    ("A100 80GB", "Mistral-7B-Instruct-v0.2", "awq"): [
        "0x1.7c48a5542f163p-3",
        "0x1.b8826c616db29p-6",
        "0x1.24e813309f4d4p-9",
        "0x1.3eec667fe3004p-5",
        "0x1.c8572ccb6bb44p-9",
        "0x1.d2b843781f1acp-7",
        "0x1.3333333333333p-9",
        "0x1.3333333333333p-3",
        "0x1.0624dd2f1a9fcp-10",
        "0x1.0624dd2f1a9fcp-16",
        "0x1.3333333333333p-3",
    ],
    ("L4", "Gemma-3-12b-it", "none"): [
        "0x1.8e4958af8f400p-1",
        "0x1.d1b3c5f0036a7p-6",
        "0x1.788155d5f56a8p-4",
        "0x1.bac02fdb64eb1p-3",
        "0x1.ddf19d9f78b33p-7",
        "0x1.8090b417ca212p-3",
        "0x1.ccccccccccccdp-9",
        "0x1.3333333333333p-3",
        "0x1.89374bc6a7efap-10",
        "0x1.89374bc6a7efap-16",
        "0x1.ccccccccccccdp-1",
    ],
    ("H100 SXM", "Mixtral-8x7B-Instruct-v0.1", "none"): [
        "0x1.aabe5a0d3148cp-4",
        "0x1.15ef68e110262p-7",
        "0x1.0aeb23fab174ep-5",
        "0x1.843ad34777375p-6",
        "0x1.000bcfa183f87p-9",
        "0x1.3725825014bc8p-7",
        "0x1.eb851eb851eb8p-9",
        "0x1.3333333333333p-3",
        "0x1.0624dd2f1a9fcp-10",
        "0x1.0624dd2f1a9fcp-16",
        "0x1.3333333333333p-3",
    ],
}


@pytest.mark.parametrize(("names", "terms"), UNSET.items())
def test_without_settings_every_term_is_what_it_was_to_the_last_bit(
    names: tuple[str, str, str], terms: list[str]
) -> None:
    gpu, model, quantization = names
    deployment = Deployment(CATALOG.gpu(gpu), 2, CATALOG.model(model), quantization)  # type: ignore[arg-type]
    found = request_terms(work_of(deployment), one(8000), one(150), one(64))[0]
    assert [x.hex() for x in found.tolist()] == terms


class TestPrefixCaching:
    def test_an_instruction_of_500_of_8000_tokens_is_not_computed_again(self) -> None:
        # prefill: 7,500 / 8,000 = 0.9375; attention: 1 - 0.0625^2 = 0.99609375
        plain, cached = (
            x_of(mistral(), 8000, 150, 1),
            x_of(mistral(prefix_hit_share=0.0625), 8000, 150, 1),
        )
        assert cached["prefill_arithmetic"] / plain["prefill_arithmetic"] == pytest.approx(0.9375)
        assert cached["prefill_attention"] / plain["prefill_attention"] == pytest.approx(0.99609375)
        for term in TERM_NAMES[2:]:
            assert cached[term] == plain[term]

    def test_the_last_token_is_always_computed(self) -> None:
        assert cached_tokens(one(8000), 1.0) == [7999.0]
        assert cached_tokens(one(1), 1.0) == [0.0]

    def test_new_tokens_still_attend_to_the_cached_ones(self) -> None:
        # 8 tokens, 4 of them cached: 1+2+..+8 = 36 pairs less 1+2+3+4 = 10; without the
        # diagonal's half, 64 - 16 of 64
        assert attended_share(one(8), one(4), np.inf) == [0.75]

    def test_in_a_window_a_new_token_attends_to_no_more_than_the_window(self) -> None:
        # window 2 of 8 tokens: 2 x 2 x 8 - 4 = 28; of the 4 cached ones 2 x 2 x 4 - 4 = 12
        assert attended_share(one(8), one(4), 2.0) == pytest.approx([16 / 28])

    def test_the_shared_prefix_is_held_once(self) -> None:
        # (81,500 - 500 - 3,750) / (7,500 + 112.5), where without a prefix 77,500 / 8,112.5 run
        held = sequences_in_cache(81_500.0, one(8000), one(150), one(500))
        assert held == pytest.approx([10.1478], rel=1e-5)
        without = sequences_in_cache(81_500.0, one(8000), one(150), one(0))
        assert without == pytest.approx([9.55316], rel=1e-5)


class TestChunkedPrefill:
    def test_a_prompt_of_8000_tokens_takes_four_passes_of_2000(self) -> None:
        # beyond the one pass of a default of 8,192; the chunks read 2,000 + 4,000 + 6,000 again
        passes = extra_passes(one(8000), StepBudget(2000, 8192))
        assert passes == [3.0]
        assert tokens_read_again(one(8000), one(0), passes) == [12_000.0]

    def test_each_pass_reads_the_weights_and_the_chunks_before_again(self) -> None:
        # 3 x 14.2213e9 / 2.039e12 = 20.92 ms; 12,000 x 131,072 / 2.039e12 = 0.7714 ms
        version = "0.8.5"  # its default on an A100 80GB is 8,192
        plain = x_of(mistral(version=version), 8000, 150, 1)
        chunked = x_of(mistral(version=version, max_num_batched_tokens=2000), 8000, 150, 1)
        gain = {term: chunked[term] - plain[term] for term in TERM_NAMES}
        assert gain["prefill_arithmetic"] == pytest.approx(0.020924, rel=1e-3)
        assert gain["prefill_attention"] == pytest.approx(0.00077139, rel=1e-3)
        assert gain["request_overhead"] == pytest.approx(0.003)
        assert all(gain[term] == 0 for term in (*TERM_NAMES[2:8], TERM_NAMES[9]))

    def test_the_default_budget_and_larger_ones_change_nothing(self) -> None:
        plain = x_of(mistral(version="0.11.0"), 8000, 150, 1)
        for budget in (2048, 16_384):
            set_ = mistral(version="0.11.0", max_num_batched_tokens=budget)
            assert x_of(set_, 8000, 150, 1) == plain

    def test_a_step_holds_no_more_sequences_than_tokens(self) -> None:
        work = replace(work_of(mistral(max_num_batched_tokens=64)), kv_capacity_tokens=np.inf)
        assert effective_concurrency(work, one(100), one(100), one(200)) == [64.0]
        speculating = replace(work, speculative=SpeculativeDecoding("ngram", 3, 0.5))
        assert effective_concurrency(speculating, one(100), one(100), one(200)) == [16.0]


class TestSpeculativeDecoding:
    @pytest.mark.parametrize(
        ("tokens", "acceptance", "expected"),
        [
            (5, 0.8, 3.68928),  # (1 - 0.8^6) / 0.2
            (3, 0.5, 1.875),
            (4, 0.0, 1.0),
            (4, 1.0, 5.0),
        ],
    )
    def test_tokens_of_a_step(self, tokens: int, acceptance: float, expected: float) -> None:
        assert tokens_per_step(SpeculativeDecoding("ngram", tokens, acceptance)) == pytest.approx(
            expected
        )

    def test_ngrams_save_steps_and_cost_arithmetic(self) -> None:
        # 3.68928 tokens a step: 0.27106 passes and 6 / 3.68928 = 1.62634 tokens a token
        speculative = SpeculativeDecoding("ngram", 5, 0.8)
        plain, faster = (
            x_of(mistral(), 8000, 150, 4),
            x_of(mistral(speculative=speculative), 8000, 150, 4),
        )
        for term in ("weights_read", "kv_read", "step_overhead"):
            assert faster[term] / plain[term] == pytest.approx(0.271055, rel=1e-5)
        assert faster["decode_arithmetic"] / plain["decode_arithmetic"] == pytest.approx(
            1.626334, rel=1e-5
        )
        assert faster["prefill_arithmetic"] == plain["prefill_arithmetic"]

    def test_a_draft_model_of_a_tenth_costs_half_a_pass_for_five_tokens(self) -> None:
        # (1 + 5 x 0.1) / 3.68928 and (6 + 5 x 0.1) / 3.68928; it reads the prompt as well
        speculative = SpeculativeDecoding("draft_model", 5, 0.8)
        assert steps_per_token(speculative) == pytest.approx(0.406583, rel=1e-5)
        assert computed_per_token(speculative) == pytest.approx(1.761861, rel=1e-5)
        plain, drafted = (
            x_of(mistral(), 8000, 150, 4),
            x_of(mistral(speculative=speculative), 8000, 150, 4),
        )
        ratio = drafted["prefill_arithmetic"] / plain["prefill_arithmetic"]
        assert ratio == pytest.approx(1.1)

    def test_the_tokens_that_are_verified_together_choose_more_experts(self) -> None:
        model = CATALOG.model("mistralai/Mixtral-8x7B-Instruct-v0.1")
        plain = replace(mistral(), model=model, gpu_count=2)
        engine = EngineConfig(speculative=SpeculativeDecoding("ngram", 3, 0.0))
        ratio = (
            x_of(replace(plain, engine=engine), 100, 100, 1)["weights_read"]
            / x_of(plain, 100, 100, 4)["weights_read"]
            / 4
        )
        assert ratio == pytest.approx(1.0)  # four tokens of one sequence, or of four


deployments = st.builds(
    Deployment,
    gpu=st.sampled_from(CATALOG.gpus),
    gpu_count=st.sampled_from([1, 2, 4]),
    model=st.sampled_from(CATALOG.models),
    quantization=st.sampled_from(QUANTIZATIONS),
)
inputs = st.integers(1, 32_000)
outputs = st.integers(1, 4_000)
concurrencies = st.integers(1, 300)
shares = st.floats(0.0, 1.0)
speculations = st.builds(
    SpeculativeDecoding,
    method=st.sampled_from(["ngram", "draft_model", "eagle", "mtp"]),
    tokens=st.integers(1, 32),
    acceptance=shares,
)


def terms(deployment: Deployment, i: float, o: float, c: float) -> tuple[np.ndarray, float]:
    """The terms, and how many run together."""
    work = work_of(deployment)
    running = effective_concurrency(work, one(i), one(o), one(c))
    return request_terms(work, one(i), one(o), running)[0], float(running[0])


def with_engine(deployment: Deployment, **engine: Any) -> Deployment:
    return replace(deployment, engine=EngineConfig(**engine))


@given(deployments, inputs, outputs, concurrencies, shares, shares)
def test_a_larger_hit_share_makes_no_term_longer_and_holds_no_fewer(
    deployment: Deployment, i: int, o: int, c: int, a: float, b: float
) -> None:
    few, most = sorted((a, b))
    less, fewer = terms(with_engine(deployment, prefix_hit_share=few), i, o, c)
    more, larger = terms(with_engine(deployment, prefix_hit_share=most), i, o, c)
    assert (more <= less * (1 + 1e-9)).all()
    assert larger >= fewer * (1 - 1e-9)


@given(deployments, inputs, outputs, concurrencies, st.integers(16, 32_768), st.integers(1, 4))
def test_a_smaller_budget_makes_no_term_shorter(
    deployment: Deployment, i: int, o: int, c: int, budget: int, times: int
) -> None:
    work = work_of(with_engine(deployment, max_num_batched_tokens=budget))
    assume(work.step_budget is not None and work.kv_capacity_tokens > 0)
    larger = replace(work, step_budget=replace(work.step_budget, tokens=budget * times))  # type: ignore[type-var]
    running = effective_concurrency(work, one(i), one(o), one(c))
    small, large = (request_terms(w, one(i), one(o), running)[0] for w in (work, larger))
    assert (small >= large * (1 - 1e-9)).all()


@given(deployments, inputs, outputs, concurrencies, speculations)
def test_speculation_computes_every_token_and_reads_the_weights_each_step(
    deployment: Deployment, i: int, o: int, c: int, speculative: SpeculativeDecoding
) -> None:
    speculating = with_engine(deployment, speculative=speculative)
    work = work_of(speculating)
    assume(work.kv_capacity_tokens > 0)
    x, running = terms(speculating, i, o, c)
    arithmetic = 2.0 * deployment.model.active_params * (i + o) / work.flop_per_s
    assert x[0] + x[4] >= arithmetic * (1 - 1e-9)
    steps = o / (running * (speculative.tokens + 1))
    assert x[2] >= steps * work.dense_bytes / work.bytes_per_s * (1 - 1e-9)


@given(deployments, inputs, outputs, speculations)
def test_the_gain_of_speculation_shrinks_as_more_run_together(
    deployment: Deployment, i: int, o: int, speculative: SpeculativeDecoding
) -> None:
    assume(deployment.model.experts is None)
    # AWQ without Marlin reads its weights in steps of 16 rows, so that the gain goes up and down.
    plain = replace(work_of(deployment), kv_capacity_tokens=np.inf, tiled_weights=None)
    drafted = replace(plain, speculative=speculative)
    gains = []
    for running in (1.0, 8.0, 64.0):
        before, after = (
            request_terms(work, one(i), one(o), one(running))[0][DECODING].sum()
            for work in (plain, drafted)
        )
        gains.append(before / after)
    assert gains[0] >= gains[1] * (1 - 1e-9) >= gains[2] * (1 - 1e-9) ** 2


def parallel_terms(model: str, running: float, gpu_count: int = 4, **engine: Any) -> np.ndarray:
    settings = EngineConfig(version="0.16.0", max_model_len=4096, **engine)
    card, spec = CATALOG.gpu("A100 80GB"), CATALOG.model(model)
    work = work_of(Deployment(card, gpu_count, spec, "none", settings))
    return request_terms(work, one(1000), one(100), one(running))[0]


def test_each_micro_batch_of_a_pipeline_reads_all_weights() -> None:
    sharing = parallel_terms("Qwen3-32B", 8)
    staged = parallel_terms("Qwen3-32B", 8, pipeline_parallel_size=4)
    # four batches a step, each of which reads every stage's weights at that stage's bandwidth
    assert staged[Term.WEIGHTS_READ] == pytest.approx(4 * sharing[Term.WEIGHTS_READ])
    for term in (Term.PREFILL_ARITHMETIC, Term.KV_READ, Term.DECODE_ARITHMETIC):
        assert staged[term] == pytest.approx(sharing[term])
    assert staged[Term.ALL_REDUCE_LATENCY] == staged[Term.LINK_TRAFFIC] == 0.0


def test_a_lone_request_uses_one_stage_at_a_time() -> None:
    sharing = parallel_terms("Qwen3-32B", 1)
    staged = parallel_terms("Qwen3-32B", 1, pipeline_parallel_size=4)
    for term in (Term.PREFILL_ARITHMETIC, Term.WEIGHTS_READ, Term.KV_READ):
        assert staged[term] == pytest.approx(4 * sharing[term])


def test_ranks_read_their_own_attention_and_share_the_experts() -> None:
    model = CATALOG.model("Qwen3-30B-A3B")
    ranks = parallel_terms(model.name, 4000, data_parallel_size=4)
    sharing = parallel_terms(model.name, 4000)
    engine = EngineConfig(version="0.16.0", max_model_len=4096)
    work = work_of(Deployment(CATALOG.gpu("A100 80GB"), 4, model, "none", engine))
    # 4,000 requests choose every expert, so the other three attentions are all that is added
    step_s = 3 * work.dense_bytes / work.bytes_per_s
    assert ranks[Term.WEIGHTS_READ] - sharing[Term.WEIGHTS_READ] == pytest.approx(
        100 / 4000 * step_s, rel=0.02
    )


def test_an_eager_step_takes_40_ms_at_least() -> None:
    # 10 ms on the GPU: 30 ms of launching are waited for, 10 overheads of the prior's 3 ms
    assert eager_step_overheads(one(0.010), True) == pytest.approx(10.0)
    assert eager_step_overheads(one(0.050), True) == 0.0
    assert eager_step_overheads(one(0.010), False) == 0.0


def test_adapters_slow_every_term_alike() -> None:
    plain = parallel_terms("Llama-2-7b-chat-hf", 8, gpu_count=1)
    adapted = parallel_terms("Llama-2-7b-chat-hf", 8, gpu_count=1, lora=LoraAdapters())
    # 2,694 tokens/s without and 1,788 with one adapter (vllm-project/vllm pull 11267)
    assert adapted == pytest.approx(plain * 2694 / 1788)
