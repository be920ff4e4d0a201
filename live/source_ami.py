"""The AMI that a run distributes: without content, so that nothing needs to run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .account import Account
from .journal import TAG, Journal, Resource, Run


def make_source_ami(account: Account, run: Run, journal: Journal) -> str:
    """Register an AMI of a snapshot of an empty volume of one GiB, and return its id."""
    region = account.region
    ec2 = account.client("ec2")

    def tagged(kind: str) -> list[Mapping[str, Any]]:
        return [{"ResourceType": kind, "Tags": [{"Key": TAG, "Value": run.id}]}]

    zones = ec2.describe_availability_zones(Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}])
    zone = zones["AvailabilityZones"][0]["ZoneName"]
    volume = ec2.create_volume(AvailabilityZone=zone, Size=1, VolumeType="gp3", TagSpecifications=tagged("volume"))[
        "VolumeId"
    ]
    journal.will_create(Resource("volume", volume, region))
    _reach(account, lambda: ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["State"], "available")
    snapshot = ec2.create_snapshot(VolumeId=volume, TagSpecifications=tagged("snapshot"))["SnapshotId"]
    journal.will_create(Resource("snapshot", snapshot, region))
    _reach(account, lambda: ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["State"], "completed")
    ami: str = ec2.register_image(
        Name=f"{run.prefix}-source",
        Architecture="x86_64",
        RootDeviceName="/dev/xvda",
        VirtualizationType="hvm",
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}],
        TagSpecifications=tagged("image"),
    )["ImageId"]
    journal.will_create(Resource("ami", ami, region))
    return ami


def _reach(account: Account, state: Callable[[], str], wanted: str) -> None:
    if account.until(lambda: state() == wanted or None, minutes=15) is None:
        raise RuntimeError(f"EC2 does not reach the state {wanted}.")
