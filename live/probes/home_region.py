"""What becomes of the source AMI in its Region."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..lab import Lab
from ..results import Finding
from .probe import Probe


def home_region(lab: Lab) -> Iterator[Finding]:
    """Look at the AMI that the observed distribution lists for the home Region."""
    observation = lab.observation
    if observation.status != "AVAILABLE":
        state = observation.image["state"]
        details = f"The distribution ended {state['status']}: {state.get('reason', '')}"
        yield Finding("home-launch-permissions", "refused", details, {"image": observation.image})
        return
    listed = [ami["image"] for ami in observation.amis if ami["region"] == lab.account.region]
    yield from _compare(lab, listed, observation.evidence())


def _compare(lab: Lab, listed: list[str], evidence: dict[str, Any]) -> Iterator[Finding]:
    source = lab.source_ami
    copies = [ami for ami in listed if ami != source]
    answer = "copy" if copies else "source" if listed else "none"
    yield Finding("home-copy", answer, f"Listed: {', '.join(listed) or 'none'}; source: {source}", evidence)
    ami = (copies or [source])[0]
    ec2 = lab.account.client("ec2")
    (image,) = ec2.describe_images(ImageIds=[ami])["Images"]
    tags = {tag["Key"]: tag["Value"] for tag in image.get("Tags", [])}
    shown = {"ImageId": ami, "Name": image["Name"], "Tags": tags, "CreationDate": image.get("CreationDate", "")}
    permissions = ec2.describe_image_attribute(ImageId=ami, Attribute="launchPermission")["LaunchPermissions"]
    for id, is_applied, seen in (
        ("home-name", image["Name"] != f"{lab.run.prefix}-source", image["Name"]),
        # Only the configuration has this tag.
        ("home-tags", tags.get("Distributed") == "yes", f"{tags}"),
        ("home-launch-permissions", bool(permissions), f"{permissions}"),
    ):
        yield Finding(id, "applied" if is_applied else "not-applied", seen, shown)
    created_by = tags.get("CreatedBy") == "EC2 Image Builder"
    yield Finding("home-created-by", "tagged" if created_by else "not-tagged", f"{tags}", shown)


PROBES = (
    Probe(
        home_region,
        ("home-copy", "home-name", "home-tags", "home-launch-permissions", "home-created-by"),
    ),
)
