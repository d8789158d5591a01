"""Turns go to whoever has waited longest, and no part of a page waits for its own page."""

from __future__ import annotations

import threading
import time

import pytest

from app.turns import Turns, let_others_run, turn


def test_turns_are_taken_in_the_order_in_which_they_were_asked_for() -> None:
    turns, order = Turns(1), list[int]()

    def ask(number: int) -> None:
        turns.take()
        order.append(number)
        turns.give_back()

    turns.take()
    waiting = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(5)]
    deadline = time.monotonic() + 10
    for number, thread in enumerate(waiting):
        thread.start()
        while len(turns._waiting) <= number:
            assert time.monotonic() < deadline, f"thread {number} does not wait for its turn"
            time.sleep(0.001)
    turns.give_back()
    for thread in waiting:
        thread.join(timeout=10)
    assert order == [0, 1, 2, 3, 4]
    assert turns._free == 1


def test_a_part_of_a_page_shares_the_turn_of_the_page() -> None:
    done = threading.Event()

    def nested() -> None:
        with turn(), turn(), turn(), turn(), turn(), turn():
            done.set()

    thread = threading.Thread(target=nested, daemon=True)
    thread.start()
    assert done.wait(timeout=10)


def test_a_page_that_fails_gives_its_turn_back() -> None:
    for _ in range(6):
        try:
            with turn():
                raise ValueError
        except ValueError:
            pass
    with turn():
        pass


def test_who_waits_leaves_its_turn_to_others_and_takes_one_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns, free_meanwhile = Turns(1), list[int]()
    monkeypatch.setattr("app.turns._turns", turns)
    monkeypatch.setattr("app.turns.time.sleep", lambda _: free_meanwhile.append(turns._free))
    with turn():
        assert turns._free == 0
        let_others_run(5.0)
        assert turns._free == 0
    let_others_run(5.0)
    assert free_meanwhile == [1, 1]
    assert turns._free == 1
