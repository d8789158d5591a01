"""The model and the weights that each class takes, as they are named in a scenario."""

from __future__ import annotations

import pytest

from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.fleet.scenario_file import scenario_from
from planner.fleet.scenario_work import scenario_for_model
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan
from planner.wording.explanation import bottleneck_sentence
from tests.planner.mixing.test_plan_of_models import CLAIMS, INVOICES, ON_LARGE, SMALL, both


@pytest.mark.slow
def test_models_that_are_one_under_two_names_share_their_replicas(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    spelled = CLAIMS.model_copy(update={"model": "Mistral-7B-Instruct-v0.2"})
    shared = whole_plan(both(classes=(INVOICES, spelled)), forecaster, catalog)
    same = whole_plan(both(classes=(INVOICES, CLAIMS)), forecaster, catalog)
    assert shared.recommended is not None
    assert same.recommended is not None
    assert shared.recommended.of_models == ()
    assert shared.recommended.cost_usd_per_year == same.recommended.cost_usd_per_year


def test_a_class_may_take_the_same_model_in_other_weights(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    precise = CLAIMS.model_copy(update={"quantization": "none"})
    found = whole_plan(both(classes=(INVOICES, precise)), forecaster, catalog).recommended
    assert found is not None
    assert [(item.quantization, item.model) for item in found.fleet] == [
        ("awq", SMALL),
        ("none", SMALL),
    ]
    # The sentences on each name the weights, as both run one model.
    told = bottleneck_sentence(found)
    assert f"{SMALL} (awq): " in told
    assert f"{SMALL} (16 bit): " in told


def test_a_class_with_an_unknown_model_is_named(forecaster: Forecaster, catalog: Catalog) -> None:
    unknown = CLAIMS.model_copy(update={"model": "acme/none-such"})
    with pytest.raises(InputError, match="acme/none-such") as refused:
        whole_plan(both(classes=(INVOICES, unknown)), forecaster, catalog)
    assert refused.value.field == "classes.1.model"


def test_a_stated_fleet_is_refused_with_several_models() -> None:
    classes = [one.model_dump() for one in (INVOICES, ON_LARGE)]
    fleet = ({"gpu": "L4", "replicas": 2},)
    with pytest.raises(InputError, match="the classes take 2") as refused:
        scenario_from({"classes": classes, "model": SMALL, "fleet": fleet})
    assert refused.value.field == "fleet"


def test_a_model_in_other_capitals_is_no_other_model() -> None:
    spelled = CLAIMS.model_copy(update={"model": SMALL.upper()})
    assert both(classes=(INVOICES, spelled), fleet=({"gpu": "L4", "replicas": 2},)).fleet


def test_what_no_model_can_run_on_is_told_once(forecaster: Forecaster, catalog: Catalog) -> None:
    found = whole_plan(both(gpus=("L4", "V100 16GB", "A100 80GB")), forecaster, catalog)
    refused = [entry for entry in found.infeasible if entry.gpu == "V100 16GB"]
    assert [entry.asked for entry in refused if entry.gpu_count == 1] == [None]


def test_the_scenario_of_a_model_has_the_work_of_its_classes(catalog: Catalog) -> None:
    found = scenario_for_model(both(volume_low=10e6), catalog, "Qwen2.5-32B-Instruct")
    assert found is not None
    assert [one.name for one in found.classes] == ["claims"]
    # 8 of 20 million documents, and 8 of 20 of the low volume.
    assert (found.documents_per_year, found.volume_low) == (8e6, 4e6)
    assert (found.input_tokens, found.output_tokens) == (8000, 150)
    assert scenario_for_model(both(), catalog, "meta-llama/Llama-3.1-8B-Instruct") is None


def test_the_quantization_says_which_classes_are_meant(catalog: Catalog) -> None:
    classes = (INVOICES, CLAIMS.model_copy(update={"quantization": "none"}))
    for quantization, name in (("awq", "invoices"), ("none", "claims")):
        found = scenario_for_model(both(classes=classes), catalog, SMALL, quantization)
        assert found is not None
        assert [one.name for one in found.classes] == [name]
    with pytest.raises(InputError, match=r"\(awq, none\); state one .* --quantization"):
        scenario_for_model(both(classes=classes), catalog, SMALL)
