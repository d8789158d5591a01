"""The user's own GPUs, models and prices as the Catalogue page saves them."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import complaint, run
from own_entries import CARD, CONFIG, MODEL, PRICE

from app.scenario_from_fields import ARTICLE_CASE
from app.services import opened_store, own_catalogue, own_models, plans
from planner.catalog.gpu import GPU
from planner.errors import InputError

pytestmark = pytest.mark.usefixtures("own_store")


def stored() -> tuple[int, int, int]:
    own = opened_store.store()
    return len(own.gpus()), len(own.models()), len(own.offers())


def test_a_gpu_gets_the_architecture_of_its_compute_capability() -> None:
    gpu = own_catalogue.save_gpu(CARD)
    assert (gpu.bandwidth_gb_per_s, gpu.fp8_tflops) == (1800.0, None)
    assert gpu.architecture == opened_store.catalog().gpu("L4").architecture
    assert opened_store.catalog().gpu("our gpu").added_by == "user"


@pytest.mark.slow
def test_a_plan_uses_an_own_price_of_an_own_gpu() -> None:
    own_catalogue.save_gpu(CARD)
    own_catalogue.save_offer(PRICE | {"gpu": "Our GPU"})
    fitted = opened_store.forecaster()
    plan = plans.answer(ARTICLE_CASE.model_copy(update={"gpus": ("Our GPU",)}))
    assert plan.options != ()
    offers = {option.fleet[0].price_offer for option in plan.options}
    assert {(offer.gpu, offer.provider, offer.usd_per_hour) for offer in offers} == {
        ("Our GPU", "own", 0.5)
    }
    own_catalogue.save_offer(PRICE | {"gpu": "Our GPU", "price": "0.25", "as_of": "2026-11-20"})
    cheaper = plans.answer(plan.scenario)
    assert opened_store.forecaster() is fitted  # a price needs no new fit
    assert cheaper.options[0].cost_usd_per_year == pytest.approx(
        plan.options[0].cost_usd_per_year / 2
    )


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"source": ""}, "source", "Source is missing"),
        ({"source_date": ""}, "source_date", "Source date is missing"),
        ({"source_date": "May"}, "source_date", "'May' was given; it must look like 2026-11-22"),
        ({"source_date": "2026-13"}, "source_date", "is '2026-13'; it must look like"),
        ({"memory_gb": "-1"}, "memory_gb", "out of range"),
        ({"memory_gb": "nan"}, "memory_gb", "cannot be read as a number"),
        ({"compute_capability": "8"}, "compute_capability", "'8' was given; it must look like"),
        ({"compute_capability": "6.1"}, "architecture", "architecture is missing"),
        ({"name": "a\u202eb"}, "name", "must be one line"),
    ],
)
def test_a_gpu_that_cannot_be_is_refused_at_its_field(
    wrong: dict[str, str], field: str, said: str
) -> None:
    with pytest.raises(InputError, match=said) as refusal:
        own_catalogue.save_gpu(CARD | wrong)
    assert refusal.value.field == field
    assert stored() == (0, 0, 0)


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"source": ""}, "source", "Source is missing"),
        ({"as_of": ""}, "as_of", "As of is missing"),
        ({"as_of": "2026-02-30"}, "as_of", "is '2026-02-30'; it must look like 2026-11-22"),
        ({"price": "0"}, "price", "out of range"),
        ({"gpu": "Abacus"}, "gpu", "'Abacus'"),
        ({"gpu_count": "1.5"}, "gpu_count", "not a whole number"),
        ({"gpu_count": "65"}, "gpu_count", "out of range"),
        ({"terms": "some day"}, "terms", "must be one of on-demand"),
        ({"currency": "EURO", "rate": "1", "rate_date": "2026-11"}, "currency", "a code like EUR"),
        ({"currency": "EUR"}, "rate", "Rate is missing"),
        ({"currency": "EUR", "rate": "1.08"}, "rate_date", "Rate date is missing"),
        ({"provider": "a\x1b[2J"}, "provider", "must be one line"),
    ],
)
def test_a_price_that_cannot_be_is_refused_at_its_field(
    wrong: dict[str, str], field: str, said: str
) -> None:
    with pytest.raises(InputError, match=said) as refusal:
        own_catalogue.save_offer(PRICE | wrong)
    assert refusal.value.field == field
    assert stored() == (0, 0, 0)


def test_page_and_command_line_refuse_a_date_with_the_same_words() -> None:
    with pytest.raises(InputError) as refusal:
        own_catalogue.save_offer(PRICE | {"as_of": "May"})
    words = ("--provider", "own", "--gpu", "L4", "--usd-per-hour", "1", "--source", "x")
    said = complaint("catalog", "add-offer", *words, "--as-of", "May")
    assert said.endswith(str(refusal.value).removeprefix("as_of"))


def test_a_price_in_another_currency_a_year_is_converted_and_says_so() -> None:
    offer = own_catalogue.save_offer(
        PRICE
        | {"price": "8,760", "per": "year", "currency": "eur", "rate": "1.1"}
        | {"rate_date": "2026-11-01"}
    )
    assert offer.usd_per_hour == pytest.approx(1.1)
    assert offer.usd_per_year == pytest.approx(9636.0)
    assert offer.note == "1 EUR at 1.1 USD each on 2026-11-01"


def test_an_earlier_price_is_kept_with_its_date_and_a_corrected_one_is_not() -> None:
    first = own_catalogue.save_offer(PRICE)
    own_catalogue.save_offer(PRICE | {"id": first.id, "price": "0.60"})  # of the same day
    now = own_catalogue.save_offer(PRICE | {"id": first.id, "price": "0.70", "as_of": "2026-11-20"})
    history = own_catalogue.price_history(now)
    assert [(p.as_of, p.usd_per_hour, p.tier) for p in history] == [
        ("2026-11-20", 0.7, "own"),
        ("2026-11-01", 0.6, "stale"),
    ]


def test_an_own_entry_replaces_a_built_in_one_until_it_is_removed() -> None:
    built_in = opened_store.catalog().gpu("L4")
    own = own_catalogue.save_gpu(CARD | {"name": "L4"})
    assert own_catalogue.replaces_built_in(own)
    assert opened_store.catalog().gpu("NVIDIA L4").memory_gb == 48
    own_catalogue.remove(own)
    assert opened_store.catalog().gpu("L4") == built_in
    with pytest.raises(InputError, match="L4 is none of your entries"):
        own_catalogue.remove(built_in)


def test_a_gpu_with_own_prices_stays_and_what_is_removed_can_be_put_back() -> None:
    gpu = own_catalogue.save_gpu(CARD)
    offer = own_catalogue.save_offer(PRICE | {"gpu": "Our GPU"})
    with pytest.raises(InputError, match="remove these first"):
        own_catalogue.remove(gpu)
    own_catalogue.remove(offer)
    own_catalogue.remove(gpu)
    assert stored() == (0, 0, 0)
    own_catalogue.put_back(gpu)
    own_catalogue.put_back(offer)
    [kept] = opened_store.store().gpus()
    assert isinstance(kept, GPU)
    assert stored() == (1, 0, 1)


def test_what_was_saved_anew_is_not_overwritten_by_what_was_removed() -> None:
    gpu, offer = own_catalogue.save_gpu(CARD), own_catalogue.save_offer(PRICE)
    own_catalogue.remove(gpu)
    own_catalogue.remove(offer)
    own_catalogue.save_gpu(CARD | {"name": "our gpu", "tdp_w": "350"})
    own_catalogue.save_offer(PRICE | {"price": "0.75"})
    for row in (gpu, offer):
        with pytest.raises(InputError, match="was saved anew since it was removed"):
            own_catalogue.put_back(row)
    own = opened_store.store()
    assert [gpu.tdp_w for gpu in own.gpus()] == [350.0]
    assert [offer.usd_per_hour for offer in own.offers()] == [0.75]


def test_a_price_is_not_put_back_without_its_gpu() -> None:
    gpu = own_catalogue.save_gpu(CARD)
    offer = own_catalogue.save_offer(PRICE | {"gpu": "Our GPU"})
    own_catalogue.remove(offer)
    own_catalogue.remove(gpu)
    with pytest.raises(InputError, match="a price of Our GPU, which is not in the catalogue any"):
        own_catalogue.put_back(offer)
    assert stored() == (0, 0, 0)


@pytest.mark.slow
def test_a_stored_price_without_its_gpu_is_left_out_aloud_and_counts_again_with_it() -> None:
    gpu = own_catalogue.save_gpu(CARD)
    offer = own_catalogue.save_offer(PRICE | {"gpu": "Our GPU"})
    other = own_catalogue.save_offer(PRICE)
    opened_store.store().remove_gpu(gpu.name)  # by somebody who has not seen the price
    assert own_catalogue.prices_left_out() == (offer,)
    assert other in opened_store.catalog().offers
    said = run("catalog", "offers", "--gpu", "L4")
    assert said.exit_code == 0
    assert f"Warning: {offer.id} is a price of Our GPU, which is not in the cat" in said.stderr
    own_catalogue.save_gpu(CARD)
    assert own_catalogue.prices_left_out() == ()
    assert offer in opened_store.catalog().offers


def test_a_model_of_a_built_in_id_replaces_it_until_it_is_removed() -> None:
    name = "meta-llama/Llama-2-70b-chat-hf"
    own = own_catalogue.save_model(CONFIG, MODEL | {"name": name})
    [listed] = [model for model in opened_store.catalog().models if model.hf_id == name]
    assert (listed.layers, listed.source) == (32, "our registry")
    assert own_catalogue.replaces_built_in(listed)
    own_catalogue.remove(own)
    assert opened_store.catalog().model(name).layers == 80


@pytest.mark.parametrize("name", ["unsloth/Mistral-7B-Instruct-v0.2", "mistral-7b-instruct-v0.2"])
def test_a_model_that_would_hide_another_is_refused_in_the_same_words_everywhere(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_bytes(CONFIG)
    said = complaint("catalog", "add-model", str(tmp_path), "--name", name)
    assert "would hide mistralai/Mistral-7B-Instruct-v0.2" in said
    with pytest.raises(InputError) as refusal:
        own_catalogue.save_model(CONFIG, MODEL | {"name": name})
    assert (refusal.value.field, said) == ("name", f"Error: {refusal.value}")
    with pytest.raises(InputError, match="would hide mistralai"):
        own_models.add_model(CONFIG, name, "")
    own_catalogue.save_model(CONFIG, MODEL | {"name": "a/x"})
    own_catalogue.save_model(CONFIG, MODEL | {"name": "a/x"})
    with pytest.raises(InputError, match="b/x would hide a/x"):
        own_catalogue.save_model(CONFIG, MODEL | {"name": "b/x"})
    assert stored() == (0, 1, 0)


def test_a_model_needs_its_config_a_source_and_a_date() -> None:
    model = own_catalogue.save_model(CONFIG, MODEL)
    assert (model.source, model.source_date) == ("our registry", "2026-10-01")
    assert opened_store.catalog().model("our-org/claims-7b").layers == 32
    with pytest.raises(InputError, match="Source is missing") as refusal:
        own_catalogue.save_model(CONFIG, MODEL | {"source": ""})
    assert refusal.value.field == "source"
    with pytest.raises(InputError, match=r"Paste or upload the model's config\.json"):
        own_catalogue.save_model(b" ", MODEL)
    assert stored() == (0, 1, 0)


@pytest.mark.parametrize(
    ("name", "said"), [("a\u202eb", "must be one line"), ("/etc/passwd", "is a path")]
)
def test_a_name_that_the_catalogue_could_not_hold_is_refused_on_both_pages(
    name: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        own_catalogue.save_model(CONFIG, MODEL | {"name": name})
    with pytest.raises(InputError, match=said):
        own_models.add_model(CONFIG, name, "")
    assert stored() == (0, 0, 0)
