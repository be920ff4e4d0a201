"""CopyImage, which ministack lacks: a user makes a new AMI with it, to distribute that one.

The copy is complete at once, with a snapshot of its own. Source: EC2 API reference, CopyImage.
"""

import copy
from typing import Any

from ministack.core import responses
from ministack.services import ec2

from local_aws.patching import existing

_NOT_COPIED = ("LaunchPermissions",)


def install() -> None:
    """Add the operation."""
    read, refuse, answer = (existing(ec2, name) for name in ("_p", "_error", "_xml"))

    def copy_image(parameters: Any) -> Any:
        source, region, name = (read(parameters, given) for given in ("SourceImageId", "SourceRegion", "Name"))
        account = responses.get_account_id()
        with responses.request_scope(account, region):
            original = ec2._images.get(source)
            snapshots = {snapshot: ec2._snapshots.get(snapshot) for snapshot in _snapshots(original or {})}
        if original is None:
            return refuse("InvalidAMIID.NotFound", f"The image id '[{source}]' does not exist", 400)
        if any(image["Name"] == name for image in ec2._images.values()):
            return refuse("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by another AMI", 400)
        new = {snapshot: existing(ec2, "_new_snapshot_id")() for snapshot in snapshots}
        for snapshot, record in snapshots.items():
            ec2._snapshots[new[snapshot]] = {**_public(record or {}), "SnapshotId": new[snapshot]}
        image = {**_public(original), "ImageId": existing(ec2, "_new_image_id")(), "Name": name}
        image.update(Description=read(parameters, "Description") or "", CreationDate=existing(ec2, "_now_ts")())
        for mapping in image["BlockDeviceMappings"]:
            if "SnapshotId" in mapping.get("Ebs", {}):
                mapping["Ebs"]["SnapshotId"] = new[mapping["Ebs"]["SnapshotId"]]
        ec2._images[image["ImageId"]] = image
        return answer(200, "CopyImageResponse", f"<imageId>{image['ImageId']}</imageId>")

    existing(ec2, "_ACTION_MAP")["CopyImage"] = copy_image


def _public(record: dict[str, Any]) -> dict[str, Any]:
    """A record without permissions and without what the patches keep in it."""
    kept = {key: value for key, value in record.items() if not key.startswith("_") and key not in _NOT_COPIED}
    return copy.deepcopy(kept)


def _snapshots(image: dict[str, Any]) -> list[str]:
    found = [mapping.get("Ebs", {}).get("SnapshotId") for mapping in image.get("BlockDeviceMappings", [])]
    return [snapshot for snapshot in found if snapshot]
