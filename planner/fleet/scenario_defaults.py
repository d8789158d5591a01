"""What a scenario assumes unless something else is entered, each with its reason.

``Scenario``, the help of the command line and the report read it here. Volume,
lengths and model are the case of the article "What We Learned from Deploying
Fine-tuned LLMs in Production" (Roots Automation, 2024-08-26).
"""

from __future__ import annotations

from typing import Literal

from planner.catalog.price_offer import Terms
from planner.workload.weekly_hours import HOURS_PER_WEEK

Place = Literal["provider", "region"]
"""What a fleet may be spread over; none by default, as machines at two places cost more."""

DOCUMENTS_PER_YEAR = 20_000_000
INPUT_TOKENS = 8_000
OUTPUT_TOKENS = 150

INPUT_LOG_SD = 0.62
"""Spread of prompts if only their mean is known: standard deviation of the log tokens. About 200
documents of the article have 1,000 to over 30,000 tokens, and so many values of a normal
distribution span 5.49 standard deviations on average (Tippett, Biometrika 17, 1925): ln(30) / 5.49.
It puts 4 % of the documents above 20,000 tokens; the article says that most have less."""

OUTPUT_LOG_SD = 0.21
"""The same of answers. They usually have 100 to 200 tokens in the article, which is read as
nine in ten: ln(2) / (2 x 1.645)."""

SPREAD_SOURCE = "article's documents, an assumption"

LENGTH_QUANTILE = 0.999
"""Share of the documents that must fit into --max-model-len. vLLM refuses longer ones."""
MODEL = "mistralai/Mistral-7B-Instruct-v0.2"

PEAK_FACTOR = 1.0
"""Busiest hour over the average hour. 1 because documents can wait."""

WORKING_HOURS_PER_WEEK = HOURS_PER_WEEK
"""Documents are processed day and night."""

TERMS: tuple[Terms, ...] = ("on-demand",)
"""No default should commit anybody for years."""

INCLUDE_MARKETPLACE = False
"""A business cannot build its year on third-party hosts and floor prices."""

PAY_ONLY_FOR_HOURS = False
"""Machines are billed all year even if they work part of the week."""

FOLLOW_LOAD = False
"""All machines run all the time: whether others start in time has to be tried first."""

SPARE_REPLICAS = 0
"""No machine beyond the need."""

MIN_REPLICAS = 1
"""One replica can serve a class; two or more keep answering while one starts anew."""

CONFIDENCE = 0.8
"""The probability of keeping all limits from which a fleet is recommended."""

MACHINE_AVAILABILITY = 0.995
"""Monthly uptime that AWS commits to for a single machine (Amazon Compute Service Level
Agreement, "Instance-Level SLA", 2022-05-25)."""

MAX_UTILIZATION = 0.95
"""A failure of an hour leaves a backlog that takes u / (1 - u) hours to clear at utilization u:
19 hours at 95 %, more than four days at 99 %, for ever at 100 %."""

MEASURED_PREMIUM = 1.25
"""A configuration that was measured may cost 1.25 times one that was not. Before any measurement
a forecast is off by 12 % at the median and by at most 25 % on 16 of 19 GPUs (README, "How far to
trust the numbers"): a smaller difference in price could vanish once it is measured."""

ACCEPT_EXTRAPOLATED = False
"""Nobody should buy on a datasheet alone."""

GROWTH_PER_YEAR = 0.0
"""The volume stays as it is."""

YEARS = 1
"""One year, as the prices are those of today."""

VOLUME_CONFIDENCE = 0.9
"""A range of the volume is read as a 90 % range, as all intervals here are."""
DISCOUNT_RATE = 0.10
"""A year's cost of capital, at which the build-or-buy console of legitlads computes the present
value (read 2026-11-22)."""

SPOT_EVICTION_SHARE = 0.2
"""AWS's Spot Instance Advisor showed that 10 to 20 % of its H100 machines are taken back in a month
(thundercompute.com, 2025-05-01). Nobody publishes shares of hours, so the upper end stands for
them."""

MINIMUM_BILLED_H = 0.0
"""Clouds bill by the second or minute."""
