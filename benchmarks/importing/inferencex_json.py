"""InferenceX's own result of a load (``agg_*.json``) as a measurement.

Fields: SemiAnalysisAI/InferenceX, utils/process_result.py; the artifact of a run is an array of
them. It holds what a row of the chart's export holds, so it is read as such a row.
"""

from __future__ import annotations

from benchmarks.importing.context import ImportContext
from benchmarks.importing.inferencex_csv import UNSTATED, Row, measurement_of_row
from benchmarks.importing.json_document import Document
from planner.records.measurement import Measurement

COLUMNS = {
    "model": "Model",
    "isl": "ISL",
    "osl": "OSL",
    "hw": "Hardware",
    "framework": "Framework",
    "precision": "Precision",
    "tp": "TP",
    "pp": "PP",
    "ep": "EP",
    "dcp_size": "DCP",
    "pcp_size": "PCP",
    "conc": "Concurrency",
    "output_tput_per_gpu": "Output Throughput/GPU (tok/s)",
    "mean_ttft": "Mean TTFT (s)",
    "median_ttft": "Median TTFT (s)",
    "mean_tpot": "Mean TPOT (s)",
    "mean_e2el": "Mean E2E Latency (s)",
    "disagg": "Disaggregated",
    "dp_attention": "DP Attention",
    "is_multinode": "Is Multinode",
    "spec_decoding": "Spec Decoding",
    "date": "Date",
}
"""The column of the chart's export for each field."""
FIELDS = {column: field for field, column in COLUMNS.items()}

NO_DRAFT = (None, False, "", "off", "none", "false")
"""Values of ``mtp``, which older results have in place of ``spec_decoding``."""


def is_inferencex_result(document: Document) -> bool:
    """True for the result of one load of InferenceX or InferenceMAX."""
    return {"hw", "conc", "framework", "tput_per_gpu"} <= set(document.values)


def measurements_of_inferencex_result(
    document: Document, context: ImportContext
) -> tuple[Measurement, ...]:
    """The measurement of a result. Raises InputError if it is not one."""
    for field in ("tp", "conc", "isl", "osl", "output_tput_per_gpu"):
        if document.at(field) is None:
            several_nodes = " (a run on several nodes has none)" if field == "tp" else ""
            raise document.refusal(f"{field} is absent{several_nodes}")
    cells = {
        column: "" if (value := document.at(field)) is None else str(value)
        for field, column in COLUMNS.items()
    }
    fields, written = FIELDS, {}
    if cells["Spec Decoding"].lower() in UNSTATED and document.at("mtp") not in NO_DRAFT:
        written = {"Spec Decoding": str(document.at("mtp"))}
        cells["Spec Decoding"] = "mtp"
        fields = FIELDS | {"Spec Decoding": "mtp"}
    return (measurement_of_row(Row(cells, document.name, fields, written), context),)
