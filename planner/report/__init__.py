"""The sizing report: a plan and what it rests on, as a PDF that stands on its own."""

from planner.report.assumptions import Assumption
from planner.report.checking import checked, curve_of
from planner.report.evidence import Accuracy, Curve, Evidence, evidence_for
from planner.report.pdf import sizing_pdf
from planner.report.shortlist import chosen

__all__ = [
    "Accuracy",
    "Assumption",
    "Curve",
    "Evidence",
    "checked",
    "chosen",
    "curve_of",
    "evidence_for",
    "sizing_pdf",
]
