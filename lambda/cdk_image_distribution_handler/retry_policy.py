"""The one retry policy: what is tried again, after which pauses, for how long."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, TypeVar

from .operation import Denied, Failure, Transient

if TYPE_CHECKING:
    from .clock import Clock
    from .operation import Request

logger = logging.getLogger(__name__)

#: Seconds between attempts. After them the polling rule calls again, each minute until the operation's deadline.
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
#: For so many seconds after a request IAM may not have propagated a role or a policy.
DENIED_LASTS = 120.0
#: What one call of an operation takes at most, in seconds: the search of a Delete and a call of AWS.
OPERATION_SECONDS = 120.0
#: The same for one call of AWS or one PUT of an answer.
CALL_SECONDS = 30.0

#: For so many seconds a request waits for a service that it can do without.
_HELPER_LASTS = 60.0

_Result = TypeVar("_Result")


def is_worth_waiting(error: Failure, request: Request[Any], clock: Clock) -> bool:
    """Return whether a call that a request can do without should be repeated: for a minute, two for a denial."""
    lasts = {Transient: _HELPER_LASTS, Denied: DENIED_LASTS}.get(type(error), 0.0)
    return clock.now() < request.began + lasts and not request.overdue


def patient_pauses() -> Iterator[float]:
    """Yield pauses without an end, for what no polling rule repeats."""
    return chain(PAUSES, repeat(PAUSES[-1]))


class Retries:
    """Retries within one invocation of the function."""

    def __init__(self, context: Any, clock: Clock) -> None:
        self._context = context
        self._clock = clock

    def has_time(self, seconds: float) -> bool:
        """Return whether the function's timeout leaves so many seconds."""
        return bool(self._context.get_remaining_time_in_millis() > seconds * 1000)

    def persist(self, attempt: Callable[[], _Result], takes: float, pauses: Iterable[float] = PAUSES) -> _Result:
        """Call something until it succeeds, while there are pauses and time for them.

        Args:
            attempt: What is called.
            takes: How many seconds an attempt takes at most; none begins without them.
            pauses: The seconds between attempts.

        Raises:
            Transient: The last attempt failed so.
            Denied: The last attempt failed so.
        """
        for pause in pauses:
            try:
                return attempt()
            except (Transient, Denied) as error:
                if not self.has_time(pause + takes):
                    raise
                logger.warning("Tried again in %d s: %s", pause, error)
                self._clock.sleep(pause)
        return attempt()
