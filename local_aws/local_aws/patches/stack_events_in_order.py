"""The CDK CLI shows stack events by their time, and shuffles those of one millisecond.

ministack provisions many resources within a millisecond; AWS does not. Here each event is later than the one
before.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import stacks

from local_aws.patching import existing, replace


def install() -> None:
    """Give every stack event a millisecond of its own."""
    events = existing(cloudformation, "_stack_events")
    lock = threading.Lock()
    last = 0

    def wrap(original: Callable[..., None]) -> Callable[..., None]:
        def add_event(stack_id: str, *event: Any, **options: Any) -> None:
            nonlocal last
            with lock:
                original(stack_id, *event, **options)
                last = max(last + 1, time.time_ns() // 1_000_000)
                moment = datetime.fromtimestamp(last / 1000, tz=timezone.utc)
                events[stack_id][-1]["Timestamp"] = moment.isoformat(timespec="milliseconds")[:-6] + "Z"

        return add_event

    replace(stacks, "_add_event", wrap)
