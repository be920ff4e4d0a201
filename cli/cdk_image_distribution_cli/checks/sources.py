"""The AMIs that sources name: by id, by a parameter, or by an image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import image
from ..aws import call_each
from ..batches import batches
from ..errors import Unread, reading

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, ImageTypeDef

    from ..aws import Aws

# GetParameters takes ten names.
_PARAMETERS = 10


@dataclass(frozen=True)
class SourceAmi:
    """An AMI that is distributed.

    Attributes:
        state: Its state in EC2.
        encrypted: Whether one of its snapshots is encrypted.
        snapshots: The ids of its snapshots.
    """

    id: str
    state: str
    encrypted: bool
    snapshots: tuple[str, ...]


class NotUsable(Unread):
    """The source cannot be distributed; the message says why."""


def read_sources(aws: Aws, sources: Iterable[str]) -> Mapping[str, SourceAmi | Unread]:
    """Return the AMI of each source, or why there is none: `NotUsable`, or `Unread` if AWS did not tell."""
    unique = list(dict.fromkeys(sources))
    ids: dict[str, str | Unread] = {source: source for source in unique if source.startswith("ami-")}
    ids |= _from_parameters(aws, [source for source in unique if source.startswith("ssm:")])
    ids |= call_each(lambda arn: _from_image(aws, arn), [source for source in unique if ":image/" in source])
    try:
        amis: Mapping[str, SourceAmi] | Unread = _amis(aws, [id for id in ids.values() if isinstance(id, str)])
    except Unread as error:
        amis = error
    return {source: _ami_of(aws, id, amis) for source, id in ids.items()}


def _ami_of(aws: Aws, id: str | Unread, amis: Mapping[str, SourceAmi] | Unread) -> SourceAmi | Unread:
    if isinstance(id, Unread):
        return id
    if isinstance(amis, Unread):
        return amis
    return amis.get(id) or NotUsable(f"{id} does not exist in {aws.region}, or is not shared with {aws.account}.")


def _from_parameters(aws: Aws, sources: list[str]) -> dict[str, str | Unread]:
    found: dict[str, str | Unread] = {}
    for batch in batches(sources, _PARAMETERS):
        some = {source: source.removeprefix("ssm:") for source in batch}
        try:
            with reading("Reading parameters"):
                answer = aws.ssm(aws.region).get_parameters(Names=list(some.values()))
        except Unread as error:
            found |= dict.fromkeys(some, error)
            continue
        values = {key: item["Value"] for item in answer["Parameters"] for key in (item["Name"], item.get("ARN", ""))}
        for source, name in some.items():
            value = values.get(name, "")
            if not value:
                found[source] = NotUsable(f"The parameter {name} does not exist in {aws.region}.")
            elif not value.startswith("ami-"):
                found[source] = NotUsable(f"The parameter {name} has no AMI id, but {value!r}.")
            else:
                found[source] = value
    return found


def _from_image(aws: Aws, arn: str) -> str:
    if not arn.rpartition("/")[2].isdecimal():
        raise Unread(f"Which build of {arn} is the latest is known at deployment only.")
    found = image.read(aws, arn)
    if found is None:
        raise NotUsable(f"{arn} does not exist.")
    if found.status != "AVAILABLE":
        raise NotUsable(f"{arn} is {found.status}.")
    ami = next((ami for ami in found.amis if ami.region == aws.region), None)
    if ami is None:
        raise NotUsable(f"{arn} has no AMI in {aws.region}.")
    return ami.id


def _amis(aws: Aws, ids: list[str]) -> dict[str, SourceAmi]:
    found: dict[str, SourceAmi] = {}
    for some in batches(ids):
        filters: list[FilterTypeDef] = [{"Name": "image-id", "Values": some}]
        with reading(f"Reading the source AMIs in {aws.region}"):
            pages = (
                aws.ec2(aws.region)
                .get_paginator("describe_images")
                .paginate(Filters=filters, IncludeDisabled=True, IncludeDeprecated=True)
            )
            found |= {ami["ImageId"]: _source_ami(ami) for page in pages for ami in page["Images"]}
    return found


def _source_ami(ami: ImageTypeDef) -> SourceAmi:
    devices = [mapping["Ebs"] for mapping in ami.get("BlockDeviceMappings", []) if "Ebs" in mapping]
    return SourceAmi(
        id=ami["ImageId"],
        state=ami.get("State", ""),
        encrypted=any(device.get("Encrypted", False) for device in devices),
        snapshots=tuple(device["SnapshotId"] for device in devices if "SnapshotId" in device),
    )
