"""An image of Image Builder, as GetImage shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import configuration
from .aws import call_each
from .configuration import RegionPlan
from .errors import NotFound, Unread, reading

if TYPE_CHECKING:
    from .aws import Aws


@dataclass(frozen=True)
class ListedAmi:
    """An AMI that an image lists, and its state there."""

    region: str
    account: str
    id: str
    status: str


@dataclass(frozen=True)
class RegionFailure:
    """Why a Region failed, as Image Builder says it; an empty account is the image's own."""

    region: str
    account: str
    status: str
    step: str
    message: str


@dataclass(frozen=True)
class Image:
    """What GetImage says of an image.

    Attributes:
        arn: Its `imageBuildVersionArn`.
        status: Its ImageStatus.
        reason: Why it has this status, or nothing.
        failures: The Regions that failed.
        amis: The AMIs that it lists.
        plan: The Regions of its configuration, empty if the answer does not have it.
        tags: Its tags.
        created: When it was started, seconds since the epoch, or 0 if the answer does not say.
    """

    arn: str
    status: str
    reason: str
    failures: tuple[RegionFailure, ...]
    amis: tuple[ListedAmi, ...]
    plan: tuple[RegionPlan, ...]
    tags: Mapping[str, str]
    created: float

    @property
    def account(self) -> str:
        """The account that it belongs to."""
        return self.arn.split(":")[4]


def read(aws: Aws, arn: str) -> Image | None:
    """Return an image as it is now, None if it does not exist.

    Raises:
        Unread: It cannot be read.
    """
    try:
        with reading(f"Reading {arn}"):
            answer: Mapping[str, Any] = aws.image_builder.get_image(imageBuildVersionArn=arn)
    except NotFound:
        return None
    return _parse(arn, answer.get("image", {}))


def read_all(aws: Aws, arns: Iterable[str]) -> Mapping[str, Image | Unread | None]:
    """Return each image, None if it does not exist, or why it could not be read: one call for each."""
    return call_each(lambda arn: read(aws, arn), arns)


def _parse(arn: str, described: Mapping[str, Any]) -> Image:
    state = described.get("state", {})
    failure = state.get("failureContext", {}).get("distributionFailure", {})
    own_account = arn.split(":")[4]
    return Image(
        arn=arn,
        status=state.get("status", "PENDING"),
        reason=failure.get("errorMessage") or state.get("reason", ""),
        failures=tuple(
            RegionFailure(
                region=item.get("region", ""),
                account=item.get("targetAccountId", "") or own_account,
                status=item.get("status", "FAILED"),
                step=item.get("imageConfigurationStep", ""),
                message=item.get("errorMessage") or failure.get("errorMessage", ""),
            )
            for item in failure.get("regionFailures", [])
        ),
        amis=tuple(
            ListedAmi(
                item["region"],
                item.get("accountId") or own_account,
                item["image"],
                item.get("state", {}).get("status", ""),
            )
            for item in described.get("outputResources", {}).get("amis", [])
            if "region" in item and "image" in item
        ),
        plan=configuration.parse(described.get("distributionConfiguration", {}).get("distributions", [])),
        tags=described.get("tags", {}),
        created=_seconds(described.get("dateCreated", "")),
    )


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp() if moment else 0.0
