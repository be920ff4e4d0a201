"""The AMIs that are being copied, from EC2: two calls for each Region and account, however many images there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .aws import call_each
from .errors import Unread, reading
from .progress import CopyState, Target

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef, ImageTypeDef

    from .aws import Aws

# Image Builder tags each AMI with the image that made it. Image Builder user guide.
_IMAGE_ARN_TAG = "Ec2ImageBuilderArn"
# A filter of EC2 takes 200 values.
_FILTER_VALUES = 200

_STATES = {
    "available": CopyState.AVAILABLE,
    "pending": CopyState.COPYING,
    "transient": CopyState.COPYING,
    "failed": CopyState.FAILED,
    "error": CopyState.FAILED,
    "invalid": CopyState.FAILED,
    "deregistered": CopyState.FAILED,
    "disabled": CopyState.AVAILABLE,
}


@dataclass(frozen=True)
class FoundAmi:
    """An AMI that EC2 shows.

    Attributes:
        image_arn: ARN of the image that made it, empty if it has no such tag.
        percent: How much of its snapshots is copied, None if EC2 does not say.
    """

    id: str
    image_arn: str
    state: CopyState
    percent: int | None
    reason: str


def find(
    aws: Aws, image_arns: Collection[str], targets: Collection[Target], listed: Mapping[Target, Collection[str]]
) -> Mapping[Target, Sequence[FoundAmi] | Unread]:
    """Return the AMIs of images in each target, or why they cannot be read.

    Args:
        aws: AWS.
        image_arns: The images.
        targets: Regions and accounts to read.
        listed: The ids of AMIs that Image Builder lists there; they may lack the tag.
    """
    return call_each(lambda target: _find_in(aws, target, image_arns, listed.get(target, ())), targets)


def _find_in(aws: Aws, target: Target, image_arns: Collection[str], ids: Collection[str]) -> list[FoundAmi]:
    ec2 = aws.ec2(target.region, target.account)
    with reading(f"Reading the AMIs in {target.region}"):
        found = {ami["ImageId"]: ami for ami in _images(ec2, f"tag:{_IMAGE_ARN_TAG}", image_arns, ["self"])}
        # In its own Region Image Builder may list the source AMI itself, which need not be the account's own.
        untagged = set(ids) - found.keys()
        found |= {ami["ImageId"]: ami for ami in _images(ec2, "image-id", untagged, [])}
    pending = [ami for ami in found.values() if _STATES.get(ami.get("State", "")) is CopyState.COPYING]
    percents = _percents(ec2, target, pending)
    return [_ami(ami, percents.get(ami["ImageId"])) for ami in found.values()]


def _images(ec2: EC2Client, name: str, values: Collection[str], owners: list[str]) -> Iterator[ImageTypeDef]:
    for some in _batches(values):
        filters: list[FilterTypeDef] = [{"Name": name, "Values": some}]
        pages = ec2.get_paginator("describe_images").paginate(Filters=filters, Owners=owners)
        yield from (ami for page in pages for ami in page["Images"])


def _percents(ec2: EC2Client, target: Target, amis: Collection[ImageTypeDef]) -> dict[str, int]:
    """Return the progress of AMIs by their ids: that of their snapshots, each by its size."""
    snapshots_of = {ami["ImageId"]: _snapshot_ids(ami) for ami in amis}
    wanted = [id for ids in snapshots_of.values() for id in ids]
    with reading(f"Reading the snapshots in {target.region}"):
        snapshots = {
            snapshot["SnapshotId"]: snapshot
            for some in _batches(wanted)
            for page in ec2.get_paginator("describe_snapshots").paginate(
                Filters=[{"Name": "snapshot-id", "Values": some}]
            )
            for snapshot in page["Snapshots"]
        }
    percents = {}
    for ami_id, ids in snapshots_of.items():
        sizes = {id: snapshots[id].get("VolumeSize", 0) or 1 for id in ids if id in snapshots}
        if sizes:
            done = sum(size * _number(snapshots[id].get("Progress", "")) for id, size in sizes.items())
            percents[ami_id] = int(done / sum(sizes.values()))
    return percents


def _ami(ami: ImageTypeDef, percent: int | None) -> FoundAmi:
    tags = {tag.get("Key"): tag.get("Value", "") for tag in ami.get("Tags", [])}
    return FoundAmi(
        id=ami["ImageId"],
        image_arn=tags.get(_IMAGE_ARN_TAG, ""),
        state=_STATES.get(ami.get("State", ""), CopyState.UNKNOWN),
        percent=percent,
        reason=ami.get("StateReason", {}).get("Message", ""),
    )


def _snapshot_ids(ami: ImageTypeDef) -> list[str]:
    devices = (mapping.get("Ebs", {}) for mapping in ami.get("BlockDeviceMappings", []))
    return [device["SnapshotId"] for device in devices if "SnapshotId" in device]


def _number(progress: str) -> int:
    # EC2 writes `42%`, or nothing before the copy has begun.
    return int(progress.rstrip("%") or 0)


def _batches(values: Collection[str]) -> Iterator[list[str]]:
    unique = sorted(set(values))
    for start in range(0, len(unique), _FILTER_VALUES):
        yield unique[start : start + _FILTER_VALUES]
