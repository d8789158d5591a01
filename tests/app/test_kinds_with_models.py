"""The Plan page with kinds of documents that take several models."""

from __future__ import annotations

import pytest
from app_page import html
from streamlit.testing.v1 import AppTest


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_each_model_has_a_fleet_a_command_and_a_forecast_of_its_own(page: AppTest) -> None:
    page.multiselect(key="gpus").set_value(["L4", "A100 80GB"])
    page.text_input(key="budget").set_value("")
    page.session_state["class_rows"] = (
        ("Invoices", "12 million", "2,000", "", "100", "", "", "", "", "", ""),
        (
            "Claims",
            "8 million",
            "8,000",
            "",
            "150",
            "",
            "60",
            "",
            "",
            "Qwen/Qwen2.5-32B-Instruct",
            "",
        ),
    )
    page.button_group(key="size").set_value("several kinds")
    page.run()
    shown = html(page)
    assert "Mistral-7B-Instruct-v0.2, AWQ · Qwen2.5-32B-Instruct, AWQ" in shown
    assert "Qwen/Qwen2.5-32B-Instruct (awq) serves Claims on 2 x A100 80GB" in shown
    assert "For Invoices, on L4:" in shown
    commands = [one.value.split()[2] for one in page.code if one.value.startswith("vllm serve")]
    assert commands == ["./Mistral-7B-Instruct-v0.2-awq", "./Qwen2.5-32B-Instruct-awq"]
    [chosen] = [one for one in page.selectbox if one.label == "Configuration"]
    assert [one.partition(": ")[0] for one in chosen.options] == [
        "mistralai/Mistral-7B-Instruct-v0.2",
        "Qwen/Qwen2.5-32B-Instruct",
    ]
    chosen.select_index(1).run()
    assert not page.exception
