"""The function's entry: which function answers which request."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import distribution, notification, polling_rule, wait
from .aws import Aws
from .crhelper_adapter import Invocation
from .operation import Operation, Request

if TYPE_CHECKING:
    from .clock import Clock

_STARTED = frozenset(
    {"SourceImage", "DistributionConfigurationArn", "ExecutionRole", "LogGroupName", "Tags", "Revision"}
)
_COMPARED = frozenset({"SourceImage", "DistributionConfigurationArn", "Revision", "Tags"})
_NONE: frozenset[str] = frozenset()
_REMOVED = frozenset({"SourceImage", "AutoDeleteAmis", "LifecycleRole"})
_WAITED_FOR = frozenset({"ImageArn", "Segment", "Segments", "Seconds", "AmiIds", "Distribution", "Retries", "Retried"})


def _fifteen_minutes(properties: Mapping[str, Any]) -> float:
    return 900.0


def _rule_of_distribution(request: Request[Any]) -> str:
    return polling_rule.for_resource(request.logical_id)


def _rule_of_wait(request: Request[Any]) -> str:
    return polling_rule.for_wait(request.properties["ImageArn"])


_WAIT = Operation(
    wait.wait,
    seconds=wait.wait_seconds,
    reads=_WAITED_FOR,
    reads_old=frozenset({"ImageArn"}),
    rule=_rule_of_wait,
    failed=notification.FAILED,
)

OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("Custom::ImageDistribution", "Create"): Operation(
        distribution.create,
        seconds=_fifteen_minutes,
        reads=_STARTED,
        reads_old=_COMPARED,
        rule=_rule_of_distribution,
        failed=notification.REFUSED,
    ),
    ("Custom::ImageDistribution", "Update"): Operation(
        distribution.update,
        seconds=_fifteen_minutes,
        reads=_STARTED,
        reads_old=_COMPARED,
        rule=_rule_of_distribution,
        failed=notification.REFUSED,
    ),
    ("Custom::ImageDistribution", "Delete"): Operation(
        distribution.delete,
        seconds=distribution.delete_seconds,
        reads=_REMOVED,
        reads_old=_NONE,
        rule=_rule_of_distribution,
    ),
    ("Custom::ImageDistributionWait", "Create"): _WAIT,
    ("Custom::ImageDistributionWait", "Update"): _WAIT,
    # Its rule must have another name than those of the waits that it removes.
    ("Custom::ImageDistributionWait", "Delete"): Operation(
        wait.delete,
        seconds=_fifteen_minutes,
        reads=_WAITED_FOR,
        reads_old=frozenset({"ImageArn"}),
        rule=_rule_of_distribution,
    ),
}


class Handler:
    """The Lambda handler, with the AWS and the clock that all of its invocations use."""

    def __init__(self, aws: Aws, clock: Clock) -> None:
        self._aws = aws
        self._clock = clock

    def __call__(self, event: dict[str, Any], context: Any) -> None:
        """Answer one request of CloudFormation's at its ResponseURL, now or when a polling rule calls again."""
        operation = OPERATIONS[event["ResourceType"], event["RequestType"]]
        Invocation(event, context, operation, self._aws, self._clock).run()


class SystemClock:
    """The clock of the Lambda runtime."""

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        time.sleep(seconds)


#: What Lambda calls. It outlives an invocation, so that clients are made once.
handler = Handler(Aws(), SystemClock())
