"""The integer programme, against fleets that can be worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.fleet.scenario_limits import ROUNDING
from planner.mixing.class_programme import (
    MachineKind,
    cheapest_machines,
)

INF = math.inf

SMALL = MachineKind(1000.0, 1, (0.9, INF), stock="L4")
LARGE = MachineKind(3000.0, 1, (0.3, 0.8), stock="H100 SXM")
"""The second class must not run on the small GPU; the large one is nearly full with it."""


def machines_of_one_kind(kind: MachineKind, spares: int = 0, least_replicas: int = 1) -> int | None:
    """Machines if all classes run on one kind; None if a class must not."""
    needed = sum(kind.replica_seconds)
    if math.isinf(needed):
        return None
    whole = math.ceil(needed * (1.0 - ROUNDING) / kind.replicas)
    return max(whole, math.ceil(least_replicas / kind.replicas)) + spares


def test_two_gpus_and_two_classes() -> None:
    # All on the large GPU: 0.3 + 0.8 > 1, two machines, 6,000. One of each: 4,000.
    found = cheapest_machines([SMALL, LARGE])
    assert found.machines == (1, 1)
    assert found.usd_per_year == 4000.0
    assert found.shares[1] == (0.0, 1.0)
    assert found.shares[0][0] >= 1.0 - 0.2 / 0.3  # what is left of the large one holds 2 thirds
    assert found.solver.status == "optimal"
    assert found.solver.gap == 0.0
    assert machines_of_one_kind(LARGE) == 2
    assert machines_of_one_kind(SMALL) is None


def test_one_class_on_machines_of_several_sizes() -> None:
    # Two large ones cost 4,000, three small ones 3,900; a large one and a small one for the
    # last tenth (0.1 / 1.1 x 2.75 = 0.25 of it) 3,300.
    found = cheapest_machines([MachineKind(1300.0, 1, (2.75,)), MachineKind(2000.0, 1, (1.1,))])
    assert (found.machines, found.usd_per_year) == ((1, 1), 3300.0)


def test_each_kind_that_is_used_has_its_spare() -> None:
    # With a spare for each kind, one of each costs 8,000, and three large ones 9,000.
    found = cheapest_machines([SMALL, LARGE], spares=1)
    assert (found.machines, found.usd_per_year) == ((2, 2), 8000.0)


def test_no_more_than_there_are() -> None:
    found = cheapest_machines([SMALL, LARGE], stock={"L4": 0})
    assert (found.machines, found.usd_per_year) == ((0, 2), 6000.0)
    none = cheapest_machines([SMALL, LARGE], stock={"H100 SXM": 0})
    assert (none.machines, none.solver.status, none.solver.gap) == ((), "infeasible", None)


def test_no_more_of_an_own_machine_than_is_owned() -> None:
    """Three machines are needed; two that are owned at 10 USD leave one to rent at 100."""
    own = MachineKind(10.0, 1, (3.0,), stock="own")
    rented = MachineKind(100.0, 1, (3.0,))
    found = cheapest_machines([own, rented], stock={"own": 2})
    assert found.machines == (2, 1)
    assert found.usd_per_year == pytest.approx(120.0)


def test_machines_are_whole_and_hold_several_replicas() -> None:
    # 5 replicas on machines of 4: two machines.
    found = cheapest_machines([MachineKind(100.0, 4, (5.0,))])
    assert found.machines == (2,)
    assert machines_of_one_kind(MachineKind(100.0, 4, (5.0,))) == 2


def test_least_replicas() -> None:
    kind = MachineKind(100.0, 1, (0.1,))
    assert cheapest_machines([kind], least_replicas=2).machines == (2,)
    assert machines_of_one_kind(kind, least_replicas=2) == 2


def test_a_time_limit_is_told() -> None:
    kinds = [
        MachineKind(
            1000.0 + 37.0 * n, 1, tuple(0.31 + (7 * n + 3 * c) % 11 / 17 for c in range(20))
        )
        for n in range(100)
    ]
    found = cheapest_machines(kinds, seconds_at_most=1e-4)
    assert found.solver.status in ("time limit reached", "no solution found")


@pytest.mark.slow
@settings(max_examples=25)
@given(
    st.integers(1, 3).flatmap(
        lambda classes: st.lists(
            st.builds(
                MachineKind,
                st.floats(100.0, 10_000.0),
                st.integers(1, 4),
                st.tuples(*[st.floats(0.01, 20.0) | st.just(INF)] * classes),
            ),
            min_size=1,
            max_size=5,
        )
    ),
    st.integers(0, 1),
)
def test_a_mix_is_enough_and_never_dearer_than_one_kind(
    kinds: list[MachineKind], spares: int
) -> None:
    found = cheapest_machines(kinds, spares)
    single = [
        machines * kind.usd_per_year
        for kind in kinds
        if (machines := machines_of_one_kind(kind, spares)) is not None
    ]
    if not found.machines:
        assert not single
        return
    if single:
        assert found.usd_per_year <= min(single) * 1.0011  # GAP
    for j, (kind, machines) in enumerate(zip(kinds, found.machines, strict=True)):
        work = sum(
            kind.replica_seconds[c] * shares[j]
            for c, shares in enumerate(found.shares)
            if shares[j] > 0.0
        )
        needed = machines - spares if machines else 0
        assert work <= kind.replicas * needed * (1 + 1e-4) + 1e-4
    for shares in found.shares:
        assert sum(shares) == pytest.approx(1.0)
