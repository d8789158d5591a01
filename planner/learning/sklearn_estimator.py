"""The performance model as a scikit-learn estimator, for cross-validation and pipelines.

A separate module, because importing scikit-learn takes longer than a whole plan.
"""

from __future__ import annotations

from sklearn.base import BaseEstimator, RegressorMixin

from planner.learning.throughput import ThroughputModel


class ThroughputRegressor(ThroughputModel, RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """``ThroughputModel`` with ``score``, ``set_params`` and scikit-learn's tags (it has no types).

    ``X`` is a sequence of ``Observation``, ``y`` seconds per request.
    """
