"""The model types whose parameters are known to be counted right."""

from __future__ import annotations

CHECKED_TYPES = frozenset(
    {
        *("llama", "mistral", "mixtral", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "phi3"),
        *("gemma", "gemma2", "gemma3_text", "gpt_oss", "starcoder2", "llama4_text", "glm4_moe"),
        *("opt", "gptj", "gpt_neox", "bloom", "falcon", "mpt", "phi", "deci", "aquila"),
        *("internlm2", "baichuan", "chatglm", "granite", "olmo2", "qwen3_vl_text"),
        *("qwen3_vl_moe_text", "qwen2_vl", "qwen2_5_vl", "minimax_m2", "deepseek", "apertus"),
        *("deepseek_v2", "deepseek_v3", "deepseek_v32", "kimi_k2", "glm_moe_dsa"),
        *("qwen3_next", "qwen3_5_text", "qwen3_5_moe_text", "nemotron_h", "granitemoehybrid"),
        *("falcon_h1", "bamba", "jamba", "minimax_m1", "gemma4_text", "nemotron-nas"),
        *("gemma3n_text", "mimo_v2_flash", "qwen3_omni_moe_text", "arcee", "ernie4_5"),
        *("ernie4_5_moe", "cohere", "exaone4", "glm", "glm4", "glm4_moe_lite", "granitemoe"),
        *("hunyuan_v1_dense", "olmo", "olmo3", "olmoe", "phimoe", "seed_oss", "smollm3"),
        *("stablelm", "internlm3", "cohere2", "cohere2_moe", "lfm2", "lfm2_moe", "kimi_linear"),
        *("bailing_moe", "dots1", "hunyuan_v1_moe", "minicpm", "minicpm3", "exaone"),
        *("exaone_moe", "solar", "solar_open", "nemotron", "mimo", "qwen", "afmoe", "hy_v3"),
        *("laguna", "step3p5", "arctic", "dbrx", "ministral3", "mistral4"),
        *("gemma4_unified_text", "longcat_flash", "sarvam_moe", "hyperclovax", "olmo_hybrid"),
        *("jais2", "mellum", "gpt2", "gpt_bigcode", "codegen", "persimmon", "minimax"),
        *("granitemoeshared", "granite_swa", "granitemoe_swa", "qwen3_5", "qwen3_5_moe", "axk1"),
        *("flex_olmo", "vaultgemma", "aria_text", "bitnet", "helium", "cwm"),
    }
)
"""Their published models have the parameters that are counted here, within 0.3 %
(tests/data/published_parameters.csv, and the model list inside PyPI llmfit==1.1.17), or the class
has them in PyPI transformers==5.19.0 with its defaults."""
