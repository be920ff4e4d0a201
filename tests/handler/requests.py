"""Requests that the tests deliver themselves, built from those before them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.image_builder import Outcome, RegionFailure
from simulated_aws import PROPERTIES, SimulatedAccount

HANGING = Outcome(hang="DISTRIBUTING")
FAILING = Outcome(failures=(RegionFailure("us-east-1", "The AMI could not be copied."),))
#: A physical id that CloudFormation invents for a Create that was cut off.
INVENTED = "Golden-Distribution830FAC52-1ABCDEFGHIJKL"
CLEAN_UP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"


def update_request(
    account: SimulatedAccount, physical_id: str, wanted: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return an Update from the properties `before` to those `wanted`, each added to PROPERTIES."""
    return account.request(
        "Update",
        stack_status="UPDATE_IN_PROGRESS",
        PhysicalResourceId=physical_id,
        ResourceProperties={**PROPERTIES, **wanted},
        OldResourceProperties={**PROPERTIES, **(before or {})},
    )


def delete_request(account: SimulatedAccount, physical_id: str, **properties: Any) -> dict[str, Any]:
    """Return a Delete of the distribution."""
    return account.request("Delete", PhysicalResourceId=physical_id, ResourceProperties={**PROPERTIES, **properties})


def starts(account: SimulatedAccount) -> int:
    """Return how many distributions were started."""
    return len({call.parameters["clientToken"] for call in account.calls("DistributeImage")})


def tags_of(account: SimulatedAccount, arn: str) -> dict[str, str]:
    """Return an image's tags without the ownership tags."""
    tags = account.builder.store.images[arn].tags
    return {key: value for key, value in tags.items() if not key.startswith("cdk-image-distribution:")}
