"""Kinds of models that generate no text by themselves, told from their names."""

from __future__ import annotations

import pytest

from planner.naming.other_kind import is_hosted_only, other_kind, reads_sound


@pytest.mark.parametrize(
    "own",
    ["llama-3.1-8b-legal-assistant", "llama-3.1-8b-lawfirm", "qwen2-7b-pharm", "llama-long-term"],
)
def test_no_word_of_a_trade_makes_a_model_another_kind(own: str) -> None:
    assert other_kind(own) is None


@pytest.mark.parametrize(
    "own",
    [
        *("qwen3-8b-gpt5-distill", "qwen3-8b-gpt-5-distill", "llama-3.1-8b-yandexgpt5"),
        *("llama-3.1-8b-robert", "albert-llama-3.1-8b", "qwen3-8b-norbert", "hilbert-7b"),
    ],
)
def test_no_other_name_that_ends_like_t5_or_bert_makes_a_model_another_kind(own: str) -> None:
    assert other_kind(own) is None


@pytest.mark.parametrize(
    ("own", "kind"),
    [
        ("gemma-4-31b-it-assistant", "a draft for speculative decoding"),
        ("armorm-llama3-8b-v0.1", "a model that grades answers and writes none"),
        ("btrm_qwen2_7b_0613", "a model that grades answers and writes none"),
        ("llama3.1-8b-prm-deepseek-data", "a model that grades answers and writes none"),
        ("llama-3.1-8b-orm", "a model that grades answers and writes none"),
        *((own, "an encoder-decoder model") for own in ("flan-t5-xl", "t5-11b", "t5gemma-2b-2b")),
        *((own, "an encoder-decoder model") for own in ("mt5-xxl", "umt5-xxl", "byt5-xl", "ul2")),
        *((own, "an embedding model") for own in ("bert-base", "xlm-roberta-xl", "mdeberta-v3")),
        *((own, "an embedding model") for own in ("modernbert-large", "albert-xxlarge-v2")),
        *((own, "an embedding model") for own in ("all-mpnet-base-v2", "siglip2-base-patch16-224")),
        ("nv-rerankqa-mistral-4b-v3", "a model that ranks documents"),
        ("nllb-200-distilled-600m", "an encoder-decoder model"),
        *((own, "a model of speech or sound") for own in ("voxcpm2", "qwen3-tts-12hz-0.6b-base")),
        *(
            (own, "a model that makes images or video")
            for own in ("stable-diffusion-3.5-large", "wan2.2-ti2v-5b", "cosmos3-super-text2image")
        ),
        ("diffusiongemma-26b-a4b-it", "a model that writes text by diffusion"),
    ],
)
def test_other_kinds_are_told_by_their_words(own: str, kind: str) -> None:
    assert other_kind(own) == kind


@pytest.mark.parametrize("own", ["llava-next-video-7b-hf", "videollama3-7b", "video-llava-7b"])
def test_a_model_that_reads_video_makes_none(own: str) -> None:
    assert other_kind(own) is None


@pytest.mark.parametrize(
    "own",
    [
        *("qwen2-audio-7b-instruct", "voxtral-small-24b-2507", "granite-speech-3.3-8b"),
        *("ultravox-v0_5-llama-3_1-8b", "audio-flamingo-3-hf"),
    ],
)
def test_a_decoder_that_reads_sound_is_told_apart(own: str) -> None:
    assert reads_sound(own)
    assert not reads_sound("voxtral-4b-tts-2603")


@pytest.mark.parametrize(
    "own",
    [
        *("gpt-4", "gpt-4o", "gpt-4o-mini", "gpt-5.1", "gpt-3.5-turbo-16k", "chatgpt-4o-latest"),
        *("o3-mini", "claude-3.5-sonnet", "gemini-2.5-pro", "gpt-4-turbo-2024-04-09"),
        *("claude-3-5-sonnet-20241022", "claude-opus-4-8", "claude-haiku-5-5", "claude 3 opus"),
        *("gemini-3.5-flash-lite", "gemini-2.5-pro-preview-05-06", "gemini-4-argon", "claude-2.1"),
    ],
)
def test_what_is_only_hosted_is_told_by_its_name(own: str) -> None:
    assert is_hosted_only(own)


@pytest.mark.parametrize(
    "own",
    [
        *("gpt-oss-120b", "gpt-j-6b", "gpt4all-j", "gpt-4-x-alpaca-13b", "gpt-neox-20b", "o1-7b"),
        *("claude2-alpaca-7b", "claudette-llama-8b", "geminius-7b", "claude-alpaca", "gemini-7b"),
    ],
)
def test_open_models_with_such_names_are_not_taken_for_hosted_ones(own: str) -> None:
    assert not is_hosted_only(own)


def test_a_services_name_under_an_owner_of_published_weights_is_another_model() -> None:
    assert not is_hosted_only("o1-mini", "allenai")
    assert is_hosted_only("o1-mini", "openai")
    assert is_hosted_only("gemini-2.5-pro", "openrouter/google")
