"""One replica: a model, its quantization, the GPUs that serve it and the engine settings."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from planner.catalog.gpu import GPU
from planner.catalog.model_spec import ModelSpec, Quantization
from planner.errors import InputError
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.rope_scaling import longest_context


@dataclass(frozen=True, slots=True)
class Deployment:
    """One replica. ``gpu_count`` is tensor-parallel x pipeline-parallel x data-parallel size.

    ``looks_tokens_up`` is False for the pipeline stages after the first, which get vectors.
    Raises InputError (field ``gpu_count``) if the GPUs cannot be divided so, and (field
    ``pipeline_parallel_size``) if there are more stages than layers.
    """

    gpu: GPU
    gpu_count: int
    model: ModelSpec
    quantization: Quantization
    engine: EngineConfig = field(default_factory=EngineConfig)
    looks_tokens_up: bool = True

    def __post_init__(self) -> None:
        stages, ranks = self.engine.pipeline_parallel_size, self.engine.data_parallel_size
        if self.gpu_count % (stages * ranks):
            raise InputError(
                f"{self.gpu_count} GPUs were given for a pipeline of {stages} stages and "
                f"{ranks} data-parallel ranks; give a multiple of {stages * ranks}",
                field="gpu_count",
            )
        if stages > self.model.layers:
            raise InputError(
                f"{stages} pipeline stages were given for {self.model.name} of "
                f"{self.model.layers} layers; give at most {self.model.layers}",
                field="pipeline_parallel_size",
            )

    @property
    def tensor_parallel(self) -> int:
        """GPUs that share each layer."""
        engine = self.engine
        return self.gpu_count // (engine.pipeline_parallel_size * engine.data_parallel_size)

    @property
    def context_tokens(self) -> int:
        """Longest context that vLLM would allow, in tokens, RoPE scaling included."""
        return longest_context(self.model.max_position_embeddings, self.engine.rope_scaling)

    @property
    def longest_tokens(self) -> int:
        """Longest context that this server allows: as stated, else all that vLLM would allow."""
        return self.engine.max_model_len or self.context_tokens

    @property
    def draft_layers(self) -> int:
        """Layers of the draft that keep keys and values; 0 without a draft.

        EAGLE's draft and a module for multi-token prediction have one (``DRAFT_SHARE``).
        """
        speculative = self.engine.speculative
        if speculative is None or not speculative.draft:
            return 0
        if speculative.method == "draft_model":
            return math.ceil(speculative.draft * self.model.layers)
        return 1

    @property
    def draft_share(self) -> float:
        """Weights stored for the draft divided by the model's; 0 without a draft.

        A module for multi-token prediction is one layer and a projection of two vectors; vLLM
        lets it share embedding and output head with the model. It reads the head for each token
        all the same, so its time is that of a larger share (``DRAFT_SHARE``).

        Source: vllm-project/vllm, ``Qwen3_5MultiTokenPredictor`` in
        vllm/model_executor/models/qwen3_5_mtp.py; a start-up log ("Sharing target model lm_head
        weights with the draft model", noonghunna/club-3090 issue 602).
        """
        speculative, model = self.engine.speculative, self.model
        if speculative is None:
            return 0.0
        if speculative.method == "mtp" and speculative.draft_share is None:
            layer = (model.params - model.embedding_params) / model.layers
            return (layer + 2 * model.hidden_size**2) / model.params
        return speculative.draft
