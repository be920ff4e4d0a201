"""How each kind of resource is removed. A resource that is gone counts as removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from .account import Account
from .journal import Resource

_ENDED = ("AVAILABLE", "FAILED", "CANCELLED", "DEPRECATED", "DISABLED", "DELETED")
_NO_STACK = "DELETE_COMPLETE"
_IN_PROGRESS = "in progress"
_GONE = (
    "InvalidAMIID.NotFound",
    "InvalidAMIID.Unavailable",
    "InvalidSnapshot.NotFound",
    "InvalidVolume.NotFound",
    "ResourceNotFoundException",
)


class NotRemoved(Exception):
    """Something could not be removed; the message says why."""


def _is_gone(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in _GONE or "does not exist" in str(error)


def _stack(account: Account, resource: Resource) -> Iterator[Resource]:
    """Delete a stack. What CloudFormation cannot delete is retained at the second attempt."""
    client = account.client("cloudformation", resource.region)
    status = _wait(account, client, resource.id)
    if status == _NO_STACK:
        return
    if status == _IN_PROGRESS:
        raise NotRemoved("an operation is in progress")
    client.delete_stack(StackName=resource.id)
    status = _wait(account, client, resource.id)
    if status == "DELETE_FAILED":
        retained = []
        for failed in _failed_resources(client, resource.id):
            retained.append(failed["LogicalResourceId"])
            # The image of a custom resource is found by its tag.
            if not failed["ResourceType"].startswith("Custom::"):
                named = f"{failed['ResourceType']} {failed.get('PhysicalResourceId', failed['LogicalResourceId'])}"
                yield Resource("retained resource", named, resource.region, resource.owner)
        client.delete_stack(StackName=resource.id, RetainResources=retained)
        status = _wait(account, client, resource.id)
    if status != _NO_STACK:
        raise NotRemoved(f"its status is {status}")


def _wait(account: Account, client: Any, stack: str) -> str:
    account.sleep(5)
    return account.until(lambda: _settled(client, stack), minutes=45) or _IN_PROGRESS


def _failed_resources(client: Any, stack: str) -> list[dict[str, Any]]:
    return [
        summary
        for page in client.get_paginator("list_stack_resources").paginate(StackName=stack)
        for summary in page["StackResourceSummaries"]
        if summary["ResourceStatus"] == "DELETE_FAILED"
    ]


def _settled(client: Any, stack: str) -> str | None:
    """Return a stack's status unless an operation other than its creation goes on."""
    try:
        (found,) = client.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if _is_gone(error):
            return _NO_STACK
        raise
    status: str = found["StackStatus"]
    # A stack can be deleted during its creation.
    goes_on = status.endswith("IN_PROGRESS") and status not in ("CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS")
    return None if goes_on else status


def _image(account: Account, resource: Resource) -> Iterator[Resource]:
    """Cancel the distribution if it runs, then delete the record. Its AMIs and its log group are found by it."""
    client = account.client("imagebuilder", resource.region)
    cancelled = False

    def ended() -> dict[str, Any] | None:
        nonlocal cancelled
        image: dict[str, Any] = client.get_image(imageBuildVersionArn=resource.id)["image"]
        if image["state"]["status"] in _ENDED:
            return image
        if not cancelled:
            client.cancel_image_creation(imageBuildVersionArn=resource.id)
            cancelled = True
        return None

    try:
        image = account.until(ended, minutes=30)
        if image is None:
            raise NotRemoved("it was cancelled, but does not end")
        group = image.get("loggingConfiguration", {}).get("logGroupName") or f"/aws/imagebuilder/{image['name']}"
        yield Resource("log group", group, resource.region, resource.owner)
        for ami in image.get("outputResources", {}).get("amis", []):
            if ami.get("accountId", account.id) == account.id:
                yield Resource("ami", ami["image"], ami["region"], resource.owner)
        client.delete_image(imageBuildVersionArn=resource.id)
    except ClientError as error:
        if not _is_gone(error):
            raise


def _ami(account: Account, resource: Resource) -> Iterator[Resource]:
    client = account.client("ec2", resource.region)
    try:
        images = client.describe_images(
            Filters=[{"Name": "image-id", "Values": [resource.id]}], Owners=["self"], IncludeDisabled=True
        )["Images"]
        for image in images:
            for device in image.get("BlockDeviceMappings", []):
                if snapshot := device.get("Ebs", {}).get("SnapshotId"):
                    yield Resource("snapshot", snapshot, resource.region, resource.owner)
        client.deregister_image(ImageId=resource.id)
    except ClientError as error:
        if not _is_gone(error):
            raise


def _retained(account: Account, resource: Resource) -> Iterable[Resource]:
    raise NotRemoved("CloudFormation could not delete it. Delete it by hand, then delete the journal")


def _simply(service: str, operation: str, parameter: str) -> Callable[[Account, Resource], Iterator[Resource]]:
    def remove(account: Account, resource: Resource) -> Iterator[Resource]:
        try:
            getattr(account.client(service, resource.region), operation)(**{parameter: resource.id})
        except ClientError as error:
            if not _is_gone(error):
                raise
        yield from ()

    return remove


#: By kind. Each yields what else is to be removed, before the call after which nothing names it any more.
REMOVERS: dict[str, Callable[[Account, Resource], Iterable[Resource]]] = {
    "stack": _stack,
    "image": _image,
    "ami": _ami,
    "snapshot": _simply("ec2", "delete_snapshot", "SnapshotId"),
    "volume": _simply("ec2", "delete_volume", "VolumeId"),
    "log group": _simply("logs", "delete_log_group", "logGroupName"),
    "retained resource": _retained,
}

#: Kinds in the order of their removal: stacks first, since they remove most; snapshots after the AMIs that use them.
ORDER = tuple(REMOVERS)
