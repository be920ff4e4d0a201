"""Simulated time: processes that sleep without waiting, one running at a time, in a reproducible order."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from greenlet import getcurrent, greenlet

_INFINITE = float("inf")


class Killed(BaseException):
    """The process must end: its deadline has come, or the simulation is closed."""


class Source(Protocol):
    """Something that acts by itself as time passes."""

    def next_due(self) -> float:
        """Return when it acts next, in seconds since the epoch."""

    def act(self) -> None:
        """Do everything that is due by now."""


@dataclass
class Process:
    """One concurrent activity: an invocation of a function, or a deployment.

    Attributes:
        cause: What it works for, such as the RequestId of an invocation's event.
        deadline: When it is killed, in seconds since the epoch.
        done: Whether it has ended.
        killed: Whether it was ended by `Killed`.
        error: The exception that ended it, if one did.
    """

    function: Callable[[], None]
    cause: str = ""
    deadline: float = _INFINITE
    done: bool = False
    killed: bool = False
    error: BaseException | None = None
    _greenlet: greenlet | None = None


@dataclass(frozen=True)
class _Waiter:
    process: Process
    until: float
    condition: Callable[[], bool] | None


class Simulation:
    """The clock, and everything that happens as it moves. Implements the handler's `Clock`.

    A process is a greenlet, which goes on until it sleeps, waits or ends. The same program takes the same course each
    time.

    Attributes:
        sources: What acts by itself.
        problems: What must never happen and did. Each step of the simulation raises AssertionError if there is one.
    """

    def __init__(self, start: float) -> None:
        self.sources: list[Source] = []
        self.problems: list[str] = []
        self._now = start
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._waiters: list[_Waiter] = []
        self._running: Process | None = None
        # What runs the simulation.
        self._main = getcurrent()

    # For processes and tests

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return self._now

    def jump(self, to: float) -> None:
        """Set the clock. What was due in between happens late."""
        self._now = to

    def sleep(self, seconds: float) -> None:
        """Let time pass for the running process. Outside of a process, run the simulation."""
        if self._running is None:
            self.run_for(seconds)
        else:
            self._wait(self._running, self._now + seconds, None)

    def wait_until(self, condition: Callable[[], bool], within: float = _INFINITE) -> bool:
        """Wait in a process until a condition holds, and return whether it does."""
        assert self._running is not None, "outside of a process, call run_until"
        if not condition():
            self._wait(self._running, self._now + within, condition)
        return condition()

    def check_alive(self) -> None:
        """End the running process if it was killed.

        Raises:
            Killed: It was.
        """
        if self._running is not None and self._running.killed:
            raise Killed

    def at(self, time: float, action: Callable[[], None]) -> None:
        """Call a function at a time."""
        heapq.heappush(self._due, (time, next(self._numbers), action))

    @property
    def cause(self) -> str:
        """What the running process works for, empty outside of one."""
        return self._running.cause if self._running else ""

    def spawn(self, function: Callable[[], None], *, lasts: float = _INFINITE, cause: str = "") -> Process:
        """Start a process as soon as the simulation goes on; it is killed after so many seconds."""
        process = Process(function, cause, self._now + lasts)
        self.at(self._now, lambda: self._start(process))
        return process

    # For tests

    def run_for(self, seconds: float) -> None:
        """Let time pass, and everything happen that is due."""
        end = self._now + seconds
        while self.step(end):
            pass

    def run_until(self, condition: Callable[[], bool], within: float = 3600.0) -> bool:
        """Let time pass until a condition holds, and return whether it does."""
        end = self._now + within
        while not condition():
            if not self.step(end):
                return condition()
        return True

    def step(self, end: float = _INFINITE) -> bool:
        """Move to the next time at which something is due and do it. Return False if nothing is until `end`."""
        assert self._running is None, "a process cannot move the clock"
        due = self._next_due()
        if due > end or due == _INFINITE:
            if self._wake():
                return True
            self._now = end if self._now < end < _INFINITE else self._now
            return False
        self._now = max(self._now, due)
        for source in self.sources:
            if source.next_due() <= self._now:
                source.act()
        while self._due and self._due[0][0] <= self._now:
            heapq.heappop(self._due)[2]()
        while self._wake():
            pass
        self._check()
        return True

    def close(self) -> None:
        """Kill every process."""
        while self._waiters:
            waiter = self._waiters.pop()
            waiter.process.killed = True
            self._switch_to(waiter.process)

    # Inside

    def _next_due(self) -> float:
        return min(
            self._due[0][0] if self._due else _INFINITE,
            min((waiter.until for waiter in self._waiters), default=_INFINITE),
            min((source.next_due() for source in self.sources), default=_INFINITE),
        )

    def _wake(self) -> bool:
        ready = [waiter for waiter in self._waiters if waiter.until <= self._now or (waiter.condition or bool)()]
        for waiter in ready:
            self._waiters.remove(waiter)
            waiter.process.killed |= self._now >= waiter.process.deadline
            self._switch_to(waiter.process)
        return bool(ready)

    def _check(self) -> None:
        if self.problems:
            problems, self.problems = self.problems, []
            raise AssertionError("; ".join(problems))

    def _wait(self, process: Process, until: float, condition: Callable[[], bool] | None) -> None:
        self.check_alive()
        self._waiters.append(_Waiter(process, min(until, process.deadline), condition))
        self._main.switch()
        self.check_alive()

    def _start(self, process: Process) -> None:
        process._greenlet = greenlet(lambda: self._body(process))
        self._switch_to(process)

    def _switch_to(self, process: Process) -> None:
        assert process._greenlet is not None
        self._running, self._main = process, getcurrent()
        process._greenlet.switch()
        self._running = None
        if process.done and process.error is not None:
            error, process.error = process.error, None
            raise error

    def _body(self, process: Process) -> None:
        try:
            process.function()
        except Killed:
            process.killed = True
        except BaseException as error:  # What runs the simulation raises it again.
            process.error = error
        process.done = True
