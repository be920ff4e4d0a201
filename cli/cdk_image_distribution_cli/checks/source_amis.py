"""Do the source AMIs exist, are they available, and may they be shared as encrypted as they are?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..aws import call_each
from ..batches import batches
from ..errors import Unread, reading
from ..template_values import Unresolved
from .context import Context, is_made, is_shared
from .result import Result, Subject
from .sources import NotUsable, SourceAmi

_EXISTS = "Name an AMI that exists in the stack's Region; build or copy it first."


def check(context: Context) -> Iterator[Result]:
    """Look at each source AMI."""
    for source, found in context.sources.items():
        subject = Subject("source AMI", f"{source} in {context.aws.region}")
        if isinstance(found, NotUsable):
            yield subject.fails(str(found), _EXISTS)
        elif isinstance(found, Unread):
            yield subject.unread(found, "ec2:DescribeImages, ssm:GetParameters and imagebuilder:GetImage")
        elif found.state != "available":
            yield subject.fails(f"{found.id} is {found.state}.", "Distribute an AMI that is available.")
        else:
            yield subject.passes(f"{found.id} is available.")
    for item in context.distributions:
        if isinstance(item.source, Unresolved):
            made = is_made(item, item.source)
            yield Subject("source AMI", f"{item.stack.name} {item.name}").unknown(
                "The stack itself makes it." if made else "Its id is known at deployment only.", "Check it by hand."
            )


def check_encryption(context: Context) -> Iterator[Result]:
    """Look at the key of each encrypted source AMI that is shared under it."""
    shared: dict[str, SourceAmi] = {}
    for item, region in context.regions:
        found = context.sources.get(item.source)
        if not isinstance(found, SourceAmi):
            continue
        subject = Subject("encryption", f"{found.id} in {region.region}")
        if "all" in region.shared_with and (found.encrypted or region.kms_key):
            yield subject.fails("An encrypted AMI cannot be public.", "Share it with accounts, or do not encrypt it.")
        elif found.encrypted and not region.kms_key and is_shared(item, region):
            shared[found.id] = found
    keys = _keys(context, [id for ami in shared.values() for id in ami.snapshots]) if shared else {}
    managers = call_each(lambda key: _manager(context, key), keys.values())
    for ami in shared.values():
        subject = Subject("encryption", f"{ami.id} in {context.aws.region}")
        of_ami = [managers[keys[id]] for id in ami.snapshots if id in keys]
        unread = next((manager for manager in of_ami if isinstance(manager, Unread)), None)
        if "AWS" in of_ami:
            yield subject.fails(
                "The default key encrypts it, and other accounts cannot use that.",
                "Encrypt the AMI with a customer managed key, or give the configuration a KmsKeyId.",
            )
        elif unread is not None:
            yield subject.unread(unread, "ec2:DescribeSnapshots and kms:DescribeKey")
        elif not of_ami:
            yield subject.unknown("Its key is not known.", "Check its snapshots by hand.")
        else:
            yield subject.passes("A customer managed key encrypts it.")


def _keys(context: Context, snapshots: list[str]) -> Mapping[str, str]:
    ec2 = context.aws.ec2(context.aws.region)
    keys: dict[str, str] = {}
    with reading("Reading the snapshots of the source AMIs"):
        for some in batches(snapshots):
            pages = ec2.get_paginator("describe_snapshots").paginate(Filters=[{"Name": "snapshot-id", "Values": some}])
            keys |= {
                item["SnapshotId"]: item["KmsKeyId"]
                for page in pages
                for item in page["Snapshots"]
                if "KmsKeyId" in item
            }
    return keys


def _manager(context: Context, key: str) -> str:
    with reading(f"Reading the key {key}"):
        return context.aws.kms(context.aws.region).describe_key(KeyId=key)["KeyMetadata"].get("KeyManager", "")
