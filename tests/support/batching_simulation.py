"""An event simulation of continuous batching behind a balancer, step by step as vLLM's V1 engine.

It shares no code with ``planner``. In each step of a replica every decoding sequence makes one
token, and the rest of the step's token budget goes to prompts, first come first served. A step
takes ``step_s + sequence_s * decoding + token_s * prompt tokens``. Requests beyond ``slots``
wait at their replica. Source of the schedule: vLLM, "Optimization and Tuning",
docs.vllm.ai/en/stable/configuration/optimization (read 2026-11-25).
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Engine:
    """One replica, and the mean lengths of its requests."""

    step_s: float
    sequence_s: float
    token_s: float
    input_tokens: float
    output_tokens: float
    slots: int
    step_tokens: int = 2048

    @property
    def prompt_s(self) -> float:
        return self.token_s * self.input_tokens

    def seconds(self, running: Array) -> Array:
        """Seconds per request with a fixed number of requests running."""
        decoding = self.output_tokens * (self.step_s / running + self.sequence_s)
        return np.asarray(self.prompt_s + decoding)


@dataclass(frozen=True)
class Observed:
    """Seconds to the first token and to the last, for each request after the warm-up."""

    first_s: Array
    whole_s: Array


def simulate(
    engine: Engine,
    load: float,
    replicas: int,
    routing: Literal["least_loaded", "random", "round_robin"] = "least_loaded",
    log_sd: float = 0.0,
    requests: int = 100_000,
    seed: int = 1,
) -> Observed:
    """Poisson arrivals at ``load`` of what the replicas carry with every slot taken.

    Input and output lengths are independent, lognormal with ``log_sd``, or equal if that is 0.
    The first tenth of the requests is left out.
    """
    random = np.random.default_rng(seed)
    fullest = float(engine.seconds(np.array([float(engine.slots)]))[0])
    arrivals = np.cumsum(random.exponential(fullest / (load * replicas), requests))
    inputs = _lengths(random, engine.input_tokens, log_sd, requests)
    outputs = _lengths(random, engine.output_tokens, log_sd, requests)
    chosen = random.integers(replicas, size=requests)
    fleet = [_Replica(engine) for _ in range(replicas)]
    first, whole = np.zeros(requests), np.zeros(requests)
    events = [(math.inf, 0, 0)]  # end of a stretch of equal steps, replica, its number
    for request, now in enumerate(arrivals.tolist()):
        while events[0][0] <= now:
            end, index, number = heapq.heappop(events)
            replica = fleet[index]
            if number == replica.stretch:
                replica.finish(end, first, whole)
                replica.start(end, events, index)
        index = int(chosen[request])
        if routing == "round_robin":
            index = request % replicas
        elif routing == "least_loaded":
            index = min(range(index - replicas, index), key=lambda i: fleet[i].held)
        replica = fleet[index]
        replica.arrive(now, request, int(inputs[request]), int(outputs[request]))
        replica.start(now, events, index % replicas)
    counted = slice(requests // 10, requests - replicas * engine.slots * 4)
    done = whole[counted] > 0
    return Observed((first - arrivals)[counted][done], (whole - arrivals)[counted][done])


def _lengths(random: np.random.Generator, mean: float, log_sd: float, n: int) -> NDArray[np.intp]:
    if log_sd == 0.0:
        return np.full(n, round(mean))
    drawn = random.lognormal(math.log(mean) - log_sd**2 / 2.0, log_sd, n)
    return np.maximum(np.rint(drawn), 1.0).astype(np.intp)


class _Replica:
    """The state of one engine: prompts that wait or are read, and sequences that decode."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.held = 0
        self.stretch = 0  # number of the running stretch of steps
        self._waiting: deque[tuple[int, int, int]] = deque()  # request, input, output tokens
        self._prompts: deque[list[int]] = deque()  # request, prompt tokens left, output tokens
        self._decoding: list[tuple[int, int]] = []  # step that ends it, request
        self._step = 0
        self._busy = False
        self._began = self._step_s = self._end = 0.0
        self._steps = 0
        self._chunk = 0

    def arrive(self, now: float, request: int, inputs: int, outputs: int) -> None:
        """Take a request, and cut a stretch of steps that could take its prompt earlier."""
        self.held += 1
        self._waiting.append((request, inputs, outputs))
        has_room = len(self._prompts) + len(self._decoding) < self.engine.slots
        if self._busy and self._steps > 1 and has_room:
            self._steps = min(self._steps, math.ceil((now - self._began) / self._step_s))
            self._steps = max(self._steps, 1)

    def start(self, now: float, events: list[tuple[float, int, int]], index: int) -> None:
        """Schedule the end of the current stretch of steps, or of the next one if idle."""
        if not self._busy:
            if self.held == 0:
                return
            self._plan(now)
        end = self._began + self._steps * self._step_s
        if end != self._end:
            self.stretch += 1
            self._end = end
            heapq.heappush(events, (end, index, self.stretch))

    def _plan(self, now: float) -> None:
        engine, decoding = self.engine, len(self._decoding)
        budget = engine.step_tokens - decoding
        planned = sum(prompt[1] for prompt in self._prompts)
        while self._waiting and planned < budget and len(self._prompts) + decoding < engine.slots:
            request, inputs, outputs = self._waiting.popleft()
            self._prompts.append([request, inputs, outputs])
            planned += inputs
        self._chunk = min(planned, budget)
        self._steps = 1 if self._chunk else self._decoding[0][0] - self._step
        self._began = now
        self._step_s = engine.step_s + engine.sequence_s * decoding + engine.token_s * self._chunk
        self._busy = True

    def finish(self, now: float, first: Array, whole: Array) -> None:
        """Account for the stretch of steps that ends now."""
        self._step += self._steps
        self._busy = False
        while self._decoding and self._decoding[0][0] <= self._step:
            whole[heapq.heappop(self._decoding)[1]] = now
            self.held -= 1
        left = self._chunk
        while left:
            prompt = self._prompts[0]
            read = min(left, prompt[1])
            left -= read
            prompt[1] -= read
            if prompt[1] == 0:
                request, _, outputs = self._prompts.popleft()
                first[request] = now
                if outputs == 1:
                    whole[request] = now
                    self.held -= 1
                else:
                    heapq.heappush(self._decoding, (self._step + outputs - 1, request))
