"""An account in memory for the clean-up: what it holds, and which calls fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

HOME, SECOND = "eu-west-1", "us-east-1"
ACCOUNT = "123456789012"
RUN = "0123abcd"
TAG = "cdk-image-distribution-live"


def error(code: str, message: str = "Injected by a test.", status: int = 400) -> ClientError:
    """Return an error as boto3 raises it."""
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "Operation",
    )


@dataclass
class FakeAccount:
    """One account, with the calls that the clean-up makes.

    Attributes:
        held: What exists, by kind and id, with its description.
        faults: Errors of the next calls of an operation.
        calls: Every call so far: the operation and the id.
        undeletable: Logical ids and types that a stack cannot delete.
    """

    held: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    faults: dict[str, list[BaseException]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    undeletable: dict[str, str] = field(default_factory=dict)
    id: str = ACCOUNT
    region: str = HOME
    minute: float = 60.0

    def add(self, kind: str, id: str, region: str = HOME, **description: Any) -> None:
        """Let something exist."""
        self.held[kind, id] = {"region": region, "tagged": True, **description}

    def client(self, service: str, region: str = "") -> Any:
        """Return a client of the account."""
        return FakeClient(self, region or HOME)

    def sleep(self, seconds: float) -> None:
        """Let no time pass."""

    def until(self, look: Callable[[], Any], *, minutes: float, every: float = 5.0) -> Any:
        """Look a few times."""
        for _ in range(4):
            seen = look()
            if seen is not None:
                return seen
        return None


@dataclass
class FakeClient:
    """A client of any service in one Region."""

    account: FakeAccount
    region: str

    def _call(self, operation: str, id: str = "") -> None:
        self.account.calls.append((operation, id))
        faults = self.account.faults.get(operation)
        if faults:
            raise faults.pop(0)

    def _of(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for (held, id), description in self.account.held.items():
            if held == kind and description["region"] == self.region:
                yield id, description

    def _get(self, kind: str, id: str, code: str) -> dict[str, Any]:
        if (kind, id) not in self.account.held:
            raise error(code, f"{id} does not exist")
        return self.account.held[kind, id]

    def get_paginator(self, operation: str) -> Any:
        """Return the one page of a listing."""
        client = self

        class Paginator:
            def paginate(self, **parameters: Any) -> list[Any]:
                return [getattr(client, operation)(**parameters)]

        return Paginator()

    # CloudFormation

    def describe_stacks(self, StackName: str = "") -> Any:
        """Describe one stack or all."""
        self._call("describe_stacks", StackName)
        found = {StackName: self._get("stack", StackName, "ValidationError")} if StackName else dict(self._of("stack"))
        return {"Stacks": [{"StackName": id, "StackStatus": held["status"]} for id, held in found.items()]}

    def delete_stack(self, StackName: str, RetainResources: tuple[str, ...] = ()) -> None:
        """Delete a stack, unless it holds what cannot be deleted."""
        self._call("delete_stack", StackName)
        held = self._get("stack", StackName, "ValidationError")
        if set(self.account.undeletable) - set(RetainResources):
            held["status"] = "DELETE_FAILED"
        else:
            del self.account.held["stack", StackName]

    def list_stack_resources(self, StackName: str) -> Any:
        """List what could not be deleted."""
        return {
            "StackResourceSummaries": [
                {
                    "LogicalResourceId": id,
                    "ResourceType": kind,
                    "ResourceStatus": "DELETE_FAILED",
                    "PhysicalResourceId": f"{id}-1",
                }
                for id, kind in self.account.undeletable.items()
            ]
        }

    # Image Builder

    def list_images(self, owner: str) -> Any:
        """List versions of images."""
        self._call("list_images")
        return {"imageVersionList": [{"arn": id} for id, _ in self._of("image")]}

    def list_image_build_versions(self, imageVersionArn: str) -> Any:
        """List builds."""
        tags = {TAG: RUN} if self.account.held["image", imageVersionArn]["tagged"] else {}
        return {"imageSummaryList": [{"arn": imageVersionArn, "tags": tags}]}

    def get_image(self, imageBuildVersionArn: str) -> Any:
        """Return an image."""
        self._call("get_image", imageBuildVersionArn)
        held = self._get("image", imageBuildVersionArn, "ResourceNotFoundException")
        amis = [{"region": region, "image": ami, "accountId": ACCOUNT} for region, ami in held.get("amis", ())]
        return {"image": {"name": "made", "state": {"status": held["status"]}, "outputResources": {"amis": amis}}}

    def cancel_image_creation(self, imageBuildVersionArn: str) -> None:
        """Cancel a distribution at once."""
        self._call("cancel_image_creation", imageBuildVersionArn)
        self.account.held["image", imageBuildVersionArn]["status"] = "CANCELLED"

    def delete_image(self, imageBuildVersionArn: str) -> None:
        """Delete an image that does not run."""
        self._call("delete_image", imageBuildVersionArn)
        assert self.account.held["image", imageBuildVersionArn]["status"] != "DISTRIBUTING"
        self._delete("image", imageBuildVersionArn, "ResourceNotFoundException")

    # EC2 and logs

    def describe_images(self, Filters: Any, Owners: Any = (), IncludeDisabled: bool = False) -> Any:
        """Describe AMIs by id or by tag."""
        self._call("describe_images")
        (condition,) = Filters
        wanted = condition["Values"] if condition["Name"] == "image-id" else None
        return {
            "Images": [
                {"ImageId": id, "BlockDeviceMappings": [{"Ebs": {"SnapshotId": held["snapshot"]}}]}
                for id, held in self._of("ami")
                if (id in wanted if wanted else held["tagged"])
            ]
        }

    def deregister_image(self, ImageId: str) -> None:
        """Deregister an AMI."""
        self._call("deregister_image", ImageId)
        self._delete("ami", ImageId, "InvalidAMIID.NotFound")

    def describe_snapshots(self, OwnerIds: Any, Filters: Any) -> Any:
        """Describe snapshots by tag."""
        self._call("describe_snapshots")
        return {"Snapshots": [{"SnapshotId": id} for id, held in self._of("snapshot") if held["tagged"]]}

    def delete_snapshot(self, SnapshotId: str) -> None:
        """Delete a snapshot that no AMI uses."""
        self._call("delete_snapshot", SnapshotId)
        if any(held.get("snapshot") == SnapshotId for (kind, _), held in self.account.held.items() if kind == "ami"):
            raise error("InvalidSnapshot.InUse")
        self._delete("snapshot", SnapshotId, "InvalidSnapshot.NotFound")

    def describe_volumes(self, Filters: Any) -> Any:
        """Describe volumes by tag."""
        self._call("describe_volumes")
        return {"Volumes": [{"VolumeId": id} for id, held in self._of("volume") if held["tagged"]]}

    def delete_volume(self, VolumeId: str) -> None:
        """Delete a volume."""
        self._call("delete_volume", VolumeId)
        self._delete("volume", VolumeId, "InvalidVolume.NotFound")

    def describe_log_groups(self, logGroupNamePattern: str) -> Any:
        """List log groups."""
        self._call("describe_log_groups")
        return {"logGroups": [{"logGroupName": id} for id, _ in self._of("log group")]}

    def delete_log_group(self, logGroupName: str) -> None:
        """Delete a log group."""
        self._call("delete_log_group", logGroupName)
        self._delete("log group", logGroupName, "ResourceNotFoundException")

    def _delete(self, kind: str, id: str, code: str) -> None:
        self._get(kind, id, code)
        del self.account.held[kind, id]
