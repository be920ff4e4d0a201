"""The AMIs that are being copied, from EC2: two or three calls for each Region and account, for all images."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from .aws import call_each
from .batches import batches
from .errors import Unread, reading
from .progress import CopyState, Target

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef, ImageTypeDef

    from .aws import Aws

# Image Builder tags each AMI with the image that made it. Image Builder user guide.
_IMAGE_ARN_TAG = "Ec2ImageBuilderArn"

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
class Wanted:
    """An AMI to find.

    Attributes:
        image_arn: ARN of the image that makes it.
        created: When the image was started, seconds since the epoch.
        ami_id: The id that Image Builder lists, empty before it does.
        name: The AMI's name in the configuration, with `{{ … }}` for what Image Builder inserts; empty if not known.
    """

    image_arn: str
    created: float
    ami_id: str
    name: str


@dataclass(frozen=True)
class FoundAmi:
    """An AMI that EC2 shows.

    Attributes:
        percent: How much of its snapshots is copied, None if EC2 does not say.
    """

    id: str
    state: CopyState
    percent: int | None
    reason: str


#: The AMIs that were found in a target, by the ARN of their image.
Found = Mapping[str, FoundAmi]


def find(aws: Aws, wanted: Mapping[Target, Sequence[Wanted]]) -> Mapping[Target, Found | Unread]:
    """Return the AMIs in each target, or why they cannot be read."""
    return call_each(lambda target: _find_in(aws, target, wanted[target]), wanted)


def _find_in(aws: Aws, target: Target, wanted: Sequence[Wanted]) -> Found:
    ec2 = aws.ec2(target.region, target.account)
    with reading(f"Reading the AMIs in {target.region}"):
        amis = _tagged(ec2, wanted)
        # In its own Region Image Builder may list the source AMI itself, which need not be the account's own.
        listed = {item.ami_id: item.image_arn for item in wanted if item.ami_id and item.image_arn not in amis}
        amis |= {listed[ami["ImageId"]]: ami for ami in _images(ec2, "image-id", listed, [])}
        # Whether an AMI has its tags from the first second of its copy is not documented.
        missing = [item for item in wanted if item.name and item.image_arn not in amis]
        if missing:
            amis |= _named(missing, list(_images(ec2, "state", ["pending"], ["self"])))
    pending = [ami for ami in amis.values() if _STATES.get(ami.get("State", "")) is CopyState.COPYING]
    percents = _percents(ec2, target, pending)
    return {arn: _ami(ami, percents.get(ami["ImageId"])) for arn, ami in amis.items()}


def _tagged(ec2: EC2Client, wanted: Sequence[Wanted]) -> dict[str, ImageTypeDef]:
    found = _images(ec2, f"tag:{_IMAGE_ARN_TAG}", [item.image_arn for item in wanted], ["self"])
    return {_image_arn(ami): ami for ami in found}


def _named(wanted: Sequence[Wanted], pending: Sequence[ImageTypeDef]) -> dict[str, ImageTypeDef]:
    """Return the pending AMIs without the tag that have the name of one image, and of no other."""
    found: dict[str, ImageTypeDef] = {}
    for ami in pending:
        created = datetime.fromisoformat(ami.get("CreationDate", "").replace("Z", "+00:00") or "1970-01-01T00:00+00:00")
        of_name = [
            item.image_arn
            for item in wanted
            if _pattern(item.name).fullmatch(ami.get("Name", "")) and created.timestamp() >= item.created
        ]
        if not _image_arn(ami) and len(of_name) == 1:
            found[of_name[0]] = ami
    return found


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in re.split(r"\{\{.*?\}\}", name)))


def _images(ec2: EC2Client, name: str, values: Collection[str], owners: list[str]) -> Iterator[ImageTypeDef]:
    for some in batches(values):
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
            for some in batches(wanted)
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
    return FoundAmi(
        id=ami["ImageId"],
        state=_STATES.get(ami.get("State", ""), CopyState.UNKNOWN),
        percent=percent,
        reason=ami.get("StateReason", {}).get("Message", ""),
    )


def _image_arn(ami: ImageTypeDef) -> str:
    tags = {tag.get("Key"): tag.get("Value", "") for tag in ami.get("Tags", [])}
    return tags.get(_IMAGE_ARN_TAG, "")


def _snapshot_ids(ami: ImageTypeDef) -> list[str]:
    devices = (mapping.get("Ebs", {}) for mapping in ami.get("BlockDeviceMappings", []))
    return [device["SnapshotId"] for device in devices if "SnapshotId" in device]


def _number(progress: str) -> int:
    # EC2 writes `42%`, or nothing before the copy has begun.
    return int(progress.rstrip("%") or 0)
