"""Cancellation, retries, and the deletion of AMIs."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

from .. import stacks
from ..account import Account
from ..journal import Resource
from ..lab import Lab
from ..observation import ENDED
from ..results import Finding
from .probe import Probe, outcome


def cancelling(lab: Lab) -> Iterator[Finding]:
    """Cancel a distribution as soon as one of its AMIs is complete, and retry it."""
    arn = lab.distribute("Home")
    made: dict[str, str] = {}

    def is_time() -> str | None:
        image = lab.image(arn)
        status = str(image["state"]["status"]) if image else ""
        made.update(_made(lab, arn))
        return status if "available" in made.values() or status in ("INTEGRATING", *ENDED) else None

    before = lab.account.until(is_time, minutes=60, every=1)
    _, error = outcome(lab.image_builder.cancel_image_creation, imageBuildVersionArn=arn)
    cancelled_at = time.time()
    image = lab.ended(arn)
    if before in ENDED:
        yield Finding("cancel-status", "", f"The distribution was {before} before it could be cancelled.")
        return
    status = image["state"]["status"]
    seconds = (time.time() - cancelled_at) * 60 / lab.account.minute
    answer = "refused" if error else "cancelled" if status == "CANCELLED" else "other"
    yield Finding(
        "cancel-status", answer, f"{before}, then {status} after {seconds:.0f} s", {"image": image, "error": error}
    )
    if status == "CANCELLED":
        lab.account.sleep(30)
        yield _amis_after_cancellation(made, _made(lab, arn))
        yield _retried(lab, "retry-cancelled", image)
        outcome(lab.image_builder.cancel_image_creation, imageBuildVersionArn=arn)
        lab.ended(arn)


def _made(lab: Lab, arn: str) -> dict[str, str]:
    """Return the state of each AMI that EC2 has of an image, but the source AMI."""
    filters = [{"Name": "tag:Ec2ImageBuilderArn", "Values": [arn]}]
    found = {}
    for region in lab.run.regions:
        for ami in lab.account.client("ec2", region).describe_images(Owners=["self"], Filters=filters)["Images"]:
            if ami["ImageId"] != lab.source_ami:
                lab.journal.will_create(Resource("ami", ami["ImageId"], region))
                found[ami["ImageId"]] = str(ami["State"])
    return found


def _amis_after_cancellation(before: dict[str, str], after: dict[str, str]) -> Finding:
    evidence = {"before": before, "after": after}
    complete = {ami for ami, state in before.items() if state == "available"}
    if not before:
        return Finding("cancel-amis", "", "EC2 showed no AMI before the cancellation.", evidence)
    answer = "kept" if before.keys() <= after.keys() else "complete" if complete <= after.keys() else "removed"
    return Finding("cancel-amis", answer, f"Before: {before}; after: {after}", evidence)


def retrying(lab: Lab) -> Iterator[Finding]:
    """Retry a distribution that failed."""
    failed = lab.ended(lab.distribute("Failing"))
    if failed["state"]["status"] == "FAILED":
        yield _retried(lab, "retry-image", failed)
        lab.ended(failed["arn"])
    else:
        yield Finding("retry-image", "", f"The distribution did not fail: {failed['state']}", {"image": failed})


def _retried(lab: Lab, id: str, ended: dict[str, Any]) -> Finding:
    """Call RetryImage, and look whether the image runs again."""
    arn, evidence = ended["arn"], {"before": ended["state"]}
    answer, error = outcome(lab.image_builder.retry_image, imageBuildVersionArn=arn, clientToken=str(uuid.uuid4()))
    if error:
        return Finding(id, "refused", f"{error['code']}: {error['message']}", {**evidence, **error})

    def runs() -> dict[str, Any] | None:
        image = lab.image(arn)
        return image if image is not None and image["state"]["status"] not in ENDED else None

    image = lab.account.until(runs, minutes=5, every=0.5)
    evidence |= {"answer": answer, "during": image["state"] if image else "not seen"}
    return Finding(id, "runs" if image else "accepted without an effect", f"{evidence['during']}", evidence)


def deleting_amis(lab: Lab) -> Iterator[Finding]:
    """Delete the AMIs of the observed distribution by a lifecycle execution, but those of the home Region."""
    arn, home = lab.observation.arn, lab.account.region
    copies = [ami for ami in lab.observation.amis if ami["region"] != home]
    snapshots = {ami["image"]: _snapshots(lab.account, ami["region"], ami["image"]) for ami in copies}
    evidence, failure = _delete_amis(lab, arn, exclusionRules={"amis": {"regions": [home]}})
    if failure:
        yield Finding("lifecycle-amis", "failed", failure, evidence)
        return
    left = [ami["image"] for ami in copies if _exists(lab.account, ami["region"], ami["image"])]
    for ami in copies:
        left += [held for held in snapshots[ami["image"]] if _snapshot_exists(lab.account, ami["region"], held)]
    evidence["left"] = left
    answer = "these are left" if left else "deleted"
    yield Finding("lifecycle-amis", answer, f"Left: {', '.join(left) or 'none'}", evidence)
    image = evidence["image"]
    status = image["state"]["status"] if image else "removed"
    answer = {"DELETED": "kept", "removed": "removed"}.get(status, f"kept with the status {status}")
    yield Finding("lifecycle-record", answer, status, evidence)


def other_account(lab: Lab) -> Iterator[Finding]:
    """Distribute to the second account and delete the AMIs there."""
    if lab.second is None:
        yield Finding("lifecycle-other-account", "", "This needs --second-profile.")
        return
    second, name = lab.second, lab.run.prefix + "Target"
    wanted = [role for role in (stacks.DISTRIBUTION_ROLE, stacks.LIFECYCLE_ROLE) if not _has_role(second, role)]
    if wanted:
        deployed = lab.deploy({name: stacks.target(lab.account.id, wanted)}, account=second)
        if not deployed.ok:
            raise RuntimeError(deployed.printed[-1000:])
        lab.account.sleep(30)
    image = lab.ended(lab.distribute("Second"))
    copies = image.get("outputResources", {}).get("amis", [])
    if image["state"]["status"] != "AVAILABLE":
        details = f"The distribution ended {image['state']['status']}: {image['state'].get('reason', '')}"
        yield Finding("lifecycle-other-account", "", details, {"image": image})
        return
    evidence, failure = _delete_amis(lab, image["arn"])
    left = [ami["image"] for ami in copies if _exists(second, ami["region"], ami["image"])]
    evidence["left"] = left
    answer = "failed" if failure else "kept" if left else "deleted"
    yield Finding("lifecycle-other-account", answer, failure or f"Left: {', '.join(left) or 'none'}", evidence)


def _delete_amis(lab: Lab, arn: str, **more: Any) -> tuple[dict[str, Any], str]:
    """Run a lifecycle execution to its end. Return the evidence, and why it failed."""
    started, error = outcome(
        lab.image_builder.start_resource_state_update,
        resourceArn=arn,
        state={"status": "DELETED"},
        executionRole=lab.base["LifecycleRole"],
        includeResources={"amis": True, "snapshots": True},
        clientToken=str(uuid.uuid4()),
        **more,
    )
    if error:
        return error, f"{error['code']}: {error['message']}"

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = lab.image_builder.get_lifecycle_execution(
            lifecycleExecutionId=started["lifecycleExecutionId"]
        )["lifecycleExecution"]
        return found if found["state"]["status"] in ("SUCCESS", "FAILED", "CANCELLED") else None

    execution = lab.account.until(ended, minutes=30)
    evidence = {"execution": execution, "image": lab.image(arn)}
    if execution is None:
        return evidence, "It does not end within 30 minutes."
    is_done = execution["state"]["status"] == "SUCCESS"
    return evidence, "" if is_done else f"{execution['state']['status']}: {execution['state'].get('reason', '')}"


def _has_role(account: Account, name: str) -> bool:
    return not outcome(account.client("iam").get_role, RoleName=name)[1]


def _snapshots(account: Account, region: str, ami: str) -> list[str]:
    images = account.client("ec2", region).describe_images(ImageIds=[ami])["Images"]
    devices = [device for image in images for device in image.get("BlockDeviceMappings", [])]
    return [device["Ebs"]["SnapshotId"] for device in devices if "SnapshotId" in device.get("Ebs", {})]


def _exists(account: Account, region: str, ami: str) -> bool:
    filters = [{"Name": "image-id", "Values": [ami]}]
    return bool(account.client("ec2", region).describe_images(Filters=filters, IncludeDisabled=True)["Images"])


def _snapshot_exists(account: Account, region: str, snapshot: str) -> bool:
    filters = [{"Name": "snapshot-id", "Values": [snapshot]}]
    return bool(account.client("ec2", region).describe_snapshots(Filters=filters)["Snapshots"])


PROBES = (
    Probe(cancelling, ("cancel-status", "cancel-amis", "retry-cancelled")),
    Probe(retrying, ("retry-image",)),
    Probe(deleting_amis, ("lifecycle-amis", "lifecycle-record")),
    Probe(other_account, ("lifecycle-other-account",)),
)
