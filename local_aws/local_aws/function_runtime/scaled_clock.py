"""Time in a function at the scale of the local AWS: where a minute takes three seconds, sleeping a minute does too.

It runs in the process of a function, before ministack's script, and uses nothing of this package. Python's `time`
counts scaled seconds from one origin for all functions, so that a deadline holds from one invocation to the next.
`datetime`, with which requests are signed, keeps real time, and so do the time-outs of sockets.
"""

import os
import time
from typing import SupportsIndex

SCALE = "LOCAL_AWS_CLOCK_SCALE"
ORIGIN = "LOCAL_AWS_CLOCK_ORIGIN"


def scale_clock(scale: float, origin: float) -> None:
    """Let `time` count and sleep so many seconds in one.

    Args:
        scale: Above 1 to be faster.
        origin: When scaled and real time were the same, in seconds since the epoch.
    """
    real_sleep, real_time, real_monotonic = time.sleep, time.time, time.monotonic
    started = real_monotonic()

    def sleep(seconds: float | SupportsIndex) -> None:
        real_sleep(float(seconds) / scale)

    def now() -> float:
        return origin + (real_time() - origin) * scale

    def monotonic() -> float:
        return started + (real_monotonic() - started) * scale

    time.sleep = sleep
    time.time = now
    time.time_ns = lambda: int(now() * 1e9)
    time.monotonic = time.perf_counter = monotonic
    time.monotonic_ns = time.perf_counter_ns = lambda: int(monotonic() * 1e9)


if __name__ == "__main__" and SCALE in os.environ:
    scale_clock(float(os.environ[SCALE]), float(os.environ[ORIGIN]))
