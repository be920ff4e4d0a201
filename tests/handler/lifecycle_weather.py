"""What AWS does to the lifecycle machine: how distributions go, which calls fail, how requests are delivered."""

from __future__ import annotations

from typing import Any

from local_aws.image_builder import Outcome, RegionFailure
from simulated_aws.permissions import ROLE

from .lifecycle_template import PART_SECONDS

OUTCOMES = {
    "quick": Outcome(),
    "slow": Outcome(pending=5, distributing=200, integrating=5),
    "takes two parts of a wait": Outcome(distributing=1000),
    "without events": Outcome(distributing=90, sends_events=False),
    "fails": Outcome(distributing=20, failures=(RegionFailure("us-east-1", "No."),)),
    "hangs": Outcome(hang="DISTRIBUTING", cancelling=30),
    "is done before it is cancelled": Outcome(distributing=30, cancel_loses=True),
    "lifecycle removes the record": Outcome(lifecycle=40, lifecycle_removes_record=True),
}

GOOD_OUTCOMES = ["quick", "slow", "without events", "lifecycle removes the record"]

_ALWAYS: dict[str, Any] = {"times": None}
_BUILDER: dict[str, Any] = {"operation": "*", "service": "imagebuilder", **_ALWAYS}
_CLOUDFORMATION: dict[str, Any] = {"operation": "*", "service": "cloudformation", **_ALWAYS}
_LOST = {"operation": "DistributeImage", "lost": True}
_DENIAL = f"User: {ROLE} is not authorized to perform: imagebuilder:DistributeImage on resource: r"

# Calls that fail for up to a minute, or a few times.
STORMS: dict[str, list[dict[str, Any]]] = {
    "Image Builder throttles": [{**_BUILDER, "code": "TooManyRequestsException"}],
    "Image Builder fails": [{**_BUILDER, "code": "ServiceException"}],
    "Image Builder cannot be reached": [{**_BUILDER, "unreachable": True}],
    "a key is not found": [
        {"operation": "GetImage", "code": "ServiceException", "message": "The KMS key was not found.", "times": 3}
    ],
    "a role is not found": [
        {"operation": "DeleteImage", "code": "ServiceException", "message": "The role was not found.", "times": 2}
    ],
    "EventBridge throttles": [{"operation": "*", "service": "events", "code": "ThrottlingException", **_ALWAYS}],
    "DeleteRule fails": [{"operation": "DeleteRule", "code": "InternalException", "status": 500, **_ALWAYS}],
    "RemoveTargets fails": [{"operation": "RemoveTargets", "code": "ConcurrentModificationException", **_ALWAYS}],
    "PutTargets has a failed entry": [
        {"operation": "PutTargets", "code": "InternalException", "partial": True, "times": 2}
    ],
    "CloudFormation throttles": [{**_CLOUDFORMATION, "code": "Throttling"}],
    "CloudFormation cannot be reached": [{**_CLOUDFORMATION, "unreachable": True}],
    "no event can be put": [{"operation": "PutEvents", "code": "AccessDeniedException", "seconds": 3, **_ALWAYS}],
    "a retry is refused": [{"operation": "RetryImage", "code": "InvalidRequestException"}],
    "the tagging API throttles": [{"operation": "GetResources", "code": "ThrottledException", **_ALWAYS}],
    "EC2 throttles": [{"operation": "DescribeImages", "code": "RequestLimitExceeded", "status": 503, **_ALWAYS}],
    "an answer gets 503": [{"operation": "PutAnswer", "status": 503}],
    "two answers get 500": [{"operation": "PutAnswer", "status": 500, "times": 2}],
    "two answers get no connection": [{"operation": "PutAnswer", "unreachable": True, "times": 2}],
    "an answer is taken without a response": [{"operation": "PutAnswer", "lost": True}],
    "answers get 503": [{"operation": "PutAnswer", "status": 503, **_ALWAYS}],
    **{
        f"the answer of {operation} is lost": [{"operation": operation, "lost": True}]
        for operation in (
            "DistributeImage",
            "CancelImageCreation",
            "DeleteImage",
            "RetryImage",
            "StartResourceStateUpdate",
        )
    },
    **{
        f"DistributeImage is lost, then refused: {code}": [
            _LOST,
            {"operation": "DistributeImage", "code": code, "message": _DENIAL, "times": 9},
        ]
        for code in (
            "CallRateLimitExceededException",
            "ResourceInUseException",
            "IdempotentParameterMismatchException",
            "AccessDeniedException",
        )
    },
}
#: Those that go on.
LONG_STORMS = [name for name, faults in STORMS.items() if faults[0].get("times", 1) is None]
DELIVERIES: dict[str, dict[str, Any]] = {
    "5 s late": {"after": 5},
    "150 s late": {"after": 150},
    "600 s late": {"after": 600},
    "twice": {"copies": 2},
    "twice, 1 s apart": {"copies": 2, "apart": 1},
    "twice, 200 s apart": {"copies": 2, "apart": 200},
    "dies after 1 s": {"dies_after": 1},
    "dies after 3 s": {"dies_after": 3},
    "throttled for 120 s": {},
    "lost": {"lost": True},
}
OMITTED = ["image.dateCreated", "image.outputResources", "image.state.reason", "requestId"]
UPDATE_PHASES = [
    "UPDATE_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
]
PHASES = [*[""] * 3, "CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS", *UPDATE_PHASES]


def may_fail(outcome: Outcome) -> bool:
    """Tell whether a distribution fails, or takes longer than one part of a wait."""
    return bool(outcome.failures or outcome.hang or outcome.distributing > PART_SECONDS)
