"""EventBridge's smallest schedule is a minute, which a test cannot wait for: here a minute takes what is given."""

from collections.abc import Callable

from ministack.services import eventbridge

from local_aws.patching import replace

# ministack looks at its schedules every ten seconds; a scaled minute needs finer steps.
_LOOKS_PER_MINUTE = 10


def install(minute: float) -> None:
    """Let every rate of a schedule pass as if a minute took `minute` seconds."""
    scale = minute / 60

    def wrap(original: Callable[[str], int | None]) -> Callable[[str], float | None]:
        def parse_rate_seconds(expression: str) -> float | None:
            seconds = original(expression)
            return None if seconds is None else seconds * scale

        return parse_rate_seconds

    replace(eventbridge, "_parse_rate_seconds", wrap)
    replace(eventbridge, "_SCHEDULER_TICK_INTERVAL", lambda original: minute / _LOOKS_PER_MINUTE)
