"""One replica: a model, its quantization, the GPUs that serve it and the engine settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from planner.catalog.gpu import GPU
from planner.catalog.model_spec import ModelSpec, Quantization
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.rope_scaling import longest_context


@dataclass(frozen=True, slots=True)
class Deployment:
    """One replica. ``gpu_count`` is the tensor-parallel size."""

    gpu: GPU
    gpu_count: int
    model: ModelSpec
    quantization: Quantization
    engine: EngineConfig = field(default_factory=EngineConfig)

    @property
    def context_tokens(self) -> int:
        """Longest context that vLLM would allow, in tokens, RoPE scaling included."""
        return longest_context(self.model.max_position_embeddings, self.engine.rope_scaling)

    @property
    def draft_share(self) -> float:
        """Size of the draft (weights and KV cache) divided by the model's; 0 without a draft."""
        speculative = self.engine.speculative
        return 0.0 if speculative is None else speculative.draft
