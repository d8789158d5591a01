"""The words for the end of the search for a mixed fleet."""

from __future__ import annotations

import pytest

from planner.fleet.plan import Solver
from planner.wording.mix_sentence import solver_words


@pytest.mark.parametrize(
    ("solver", "said"),
    [
        (Solver("optimal", 0.0, 0.3), "solver: optimal, gap 0 %, under 1 s"),
        (Solver("optimal", 0.01, 3.2), "solver: optimal, gap 1 %, 3 s"),
        (
            Solver("optimal", 0.249, 3.2),
            "solver: cheapest found, another may cost up to 25 % less, 3 s",
        ),
        (Solver("time limit reached", 0.249, 5.0), "solver: time limit reached, gap 25 %, 5 s"),
        (Solver("no solution found", None, 5.0), "solver: no solution found, 5 s"),
    ],
)
def test_no_fleet_is_called_optimal_that_may_cost_much_less(solver: Solver, said: str) -> None:
    assert solver_words(solver) == said
