"""What a run created without noting its id: found by the run's tag, and by the names of its stacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .account import Account
from .journal import TAG, Leftover, Resource, Run


def discover(account: Account, run: Run, region: str, owner: str) -> Iterator[Resource | Leftover]:
    """Yield what one Region of an account has of a run, and a leftover for each search that failed."""
    for kind, search in _SEARCHES.items():
        try:
            for id in search(account, run, region):
                yield Resource(kind, id, region, owner)
        except Exception as error:
            yield Leftover(Resource(kind, f"with the tag {TAG}={run.id}", region, owner), f"not looked for: {error}")


def _stacks(account: Account, run: Run, region: str) -> Iterator[str]:
    pages = account.client("cloudformation", region).get_paginator("describe_stacks").paginate()
    for page in pages:
        for stack in page["Stacks"]:
            if stack["StackName"].startswith(run.prefix) and stack["StackStatus"] != "DELETE_COMPLETE":
                yield stack["StackName"]


def _images(account: Account, run: Run, region: str) -> Iterator[str]:
    # Not the tagging API: it lists a new image late.
    client = account.client("imagebuilder", region)
    for versions in client.get_paginator("list_images").paginate(owner="Self"):
        for version in versions["imageVersionList"]:
            builds = client.get_paginator("list_image_build_versions").paginate(imageVersionArn=version["arn"])
            for page in builds:
                yield from (
                    image["arn"] for image in page["imageSummaryList"] if image.get("tags", {}).get(TAG) == run.id
                )


def _tagged(run: Run) -> list[dict[str, object]]:
    return [{"Name": f"tag:{TAG}", "Values": [run.id]}]


def _amis(account: Account, run: Run, region: str) -> Iterator[str]:
    answer = account.client("ec2", region).describe_images(Owners=["self"], Filters=_tagged(run), IncludeDisabled=True)
    yield from (image["ImageId"] for image in answer["Images"])


def _snapshots(account: Account, run: Run, region: str) -> Iterator[str]:
    answer = account.client("ec2", region).describe_snapshots(OwnerIds=["self"], Filters=_tagged(run))
    yield from (snapshot["SnapshotId"] for snapshot in answer["Snapshots"])


def _volumes(account: Account, run: Run, region: str) -> Iterator[str]:
    answer = account.client("ec2", region).describe_volumes(Filters=_tagged(run))
    yield from (volume["VolumeId"] for volume in answer["Volumes"])


def _log_groups(account: Account, run: Run, region: str) -> Iterator[str]:
    pages = account.client("logs", region).get_paginator("describe_log_groups").paginate(logGroupNamePattern=run.prefix)
    for page in pages:
        yield from (group["logGroupName"] for group in page["logGroups"] if run.prefix in group["logGroupName"])


_SEARCHES: dict[str, Callable[[Account, Run, str], Iterator[str]]] = {
    "stack": _stacks,
    "image": _images,
    "ami": _amis,
    "snapshot": _snapshots,
    "volume": _volumes,
    "log group": _log_groups,
}
