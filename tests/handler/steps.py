"""The steps of a distribution's life as CloudFormation takes them, each with its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulated_aws import PROPERTIES, WAIT, SimulatedAccount

ROLLBACK = "UPDATE_ROLLBACK_IN_PROGRESS"
WAIT_PROPERTIES: Mapping[str, Any] = {"Segment": "1", "Segments": "1", "Seconds": "3300"}


def create(account: SimulatedAccount, **properties: Any) -> dict[str, Any]:
    """Create the distribution."""
    return account.operate(account.request("Create", ResourceProperties={**PROPERTIES, **properties}))


def created(account: SimulatedAccount, **properties: Any) -> str:
    """Create the distribution and return its image's ARN."""
    answer = create(account, **properties)
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    return str(answer["PhysicalResourceId"])


def update(
    account: SimulatedAccount,
    physical_id: str,
    wanted: Mapping[str, Any],
    before: Mapping[str, Any],
    stack_status: str = "UPDATE_IN_PROGRESS",
) -> dict[str, Any]:
    """Update the distribution from the properties `before` to those `wanted`, each added to PROPERTIES."""
    request = account.request(
        "Update",
        stack_status=stack_status,
        PhysicalResourceId=physical_id,
        ResourceProperties={**PROPERTIES, **wanted},
        OldResourceProperties={**PROPERTIES, **before},
    )
    return account.operate(request)


def updated(
    account: SimulatedAccount, physical_id: str, wanted: Mapping[str, Any], before: Mapping[str, Any], status: str = ""
) -> str:
    """Update the distribution and return its physical id."""
    answer = update(account, physical_id, wanted, before, status or "UPDATE_IN_PROGRESS")
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    return str(answer["PhysicalResourceId"])


def delete(account: SimulatedAccount, physical_id: str, stack_status: str = "", **properties: Any) -> dict[str, Any]:
    """Delete the distribution."""
    request = account.request(
        "Delete",
        stack_status=stack_status,
        PhysicalResourceId=physical_id,
        ResourceProperties={**PROPERTIES, **properties},
    )
    return account.operate(request)


def deleted(account: SimulatedAccount, physical_id: str, stack_status: str = "", **properties: Any) -> None:
    """Delete the distribution; it must succeed."""
    answer = delete(account, physical_id, stack_status, **properties)
    assert answer["Status"] == "SUCCESS", answer["Reason"]


def wait_request(account: SimulatedAccount, image_arn: str, kind: str = "Create", **fields: Any) -> dict[str, Any]:
    """Return the request to wait for an image; capitalised fields of a wait are its properties."""
    properties = {**WAIT_PROPERTIES, "ImageArn": image_arn, **fields.pop("properties", {})}
    return account.request(kind, WAIT, ResourceProperties=properties, **fields)


def wait(account: SimulatedAccount, image_arn: str, kind: str = "Create", **fields: Any) -> dict[str, Any]:
    """Wait for an image."""
    return account.operate(wait_request(account, image_arn, kind, **fields))


def waited(account: SimulatedAccount, image_arn: str, kind: str = "Create", **fields: Any) -> dict[str, str]:
    """Wait for an image and return the wait's attributes."""
    answer = wait(account, image_arn, kind, **fields)
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    data: dict[str, str] = answer["Data"]
    return data


def is_clean(account: SimulatedAccount, but: tuple[str, ...] = ()) -> bool:
    """Return whether no image, except those named, and no rule is left."""
    return set(account.images) == set(but) and account.event_bridge.rules == {}
