"""What the function told on the default bus."""

from __future__ import annotations

from typing import Any

from local_aws.image_builder import RegionFailure
from simulated_aws import SimulatedAccount

from .steps import wait

DISTRIBUTION_ID = "GoldenDistribution1A2B3C4D"
KMS = RegionFailure("us-east-1", "The KMS key is not accessible.", step="DISTRIBUTE_AMI")


def told(account: SimulatedAccount, image_arn: str = "") -> list[str]:
    """Return what the events say became of a distribution, or of all, in their order."""
    return [
        event["DetailType"].removeprefix("Image Distribution ")
        for event in account.event_bridge.put
        if image_arn in ("", event["Detail"]["image-arn"])
    ]


def last(account: SimulatedAccount) -> dict[str, Any]:
    """Return the last event."""
    return account.event_bridge.put[-1]


def waiting(account: SimulatedAccount, arn: str, kind: str = "Create", **properties: Any) -> dict[str, Any]:
    """Wait for an image with the property that names the distribution, and return the answer."""
    fields = {"OldResourceProperties": {"ImageArn": "another"}} if kind == "Update" else {}
    return wait(account, arn, kind, properties={"Distribution": DISTRIBUTION_ID, **properties}, **fields)
