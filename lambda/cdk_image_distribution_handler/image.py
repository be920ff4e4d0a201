"""An image of Image Builder, as GetImage shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from .aws_errors import calling, is_gone

if TYPE_CHECKING:
    from .aws import Aws


class Phase(Enum):
    """Where an image is in its life. Docs: "How it works"."""

    RUNNING = "RUNNING"
    AVAILABLE = "AVAILABLE"
    RETIRED = "RETIRED"
    FAILED = "FAILED"
    DELETED = "DELETED"


#: The phase of each ImageStatus. A status that a later version of the API adds counts as RUNNING.
PHASES: Mapping[str, Phase] = {
    "PENDING": Phase.RUNNING,
    "CREATING": Phase.RUNNING,
    "BUILDING": Phase.RUNNING,
    "TESTING": Phase.RUNNING,
    "DISTRIBUTING": Phase.RUNNING,
    "INTEGRATING": Phase.RUNNING,
    "AVAILABLE": Phase.AVAILABLE,
    "DEPRECATED": Phase.RETIRED,
    "DISABLED": Phase.RETIRED,
    "FAILED": Phase.FAILED,
    "CANCELLED": Phase.FAILED,
    "DELETED": Phase.DELETED,
}

# Image Builder API reference, imageBuildVersionArn.
_ARN = re.compile(
    r"arn:aws[^:]*:imagebuilder:[^:]+:(?:[0-9]{12}|aws(?:-[a-z-]+)?):image/[a-z0-9-_]+/[0-9]+\.[0-9]+\.[0-9]+/[0-9]+"
)


def is_image_arn(text: str) -> bool:
    """Return whether a text is the ARN of an image, a build version."""
    return _ARN.fullmatch(text) is not None


@dataclass(frozen=True)
class Ami:
    """An AMI that GetImage lists: where it is, and its id."""

    region: str
    account: str
    id: str


@dataclass(frozen=True)
class Image:
    """What GetImage says of an image; every member but the ARN may be missing there.

    Attributes:
        arn: Its `imageBuildVersionArn`.
        status: Its ImageStatus.
        reason: Why it has this status, or nothing.
        failure: `failureContext.distributionFailure`, or nothing.
        amis: The AMIs that exist by now.
        tags: Its tags.
        created: When the distribution started, seconds since the epoch, or 0 if the answer does not say.
        lists_all_amis: Whether `amis` has every AMI of the answer; one without a Region or an id is left out.
    """

    arn: str
    status: str
    reason: str
    failure: Mapping[str, Any]
    amis: Sequence[Ami]
    tags: Mapping[str, str]
    created: float
    lists_all_amis: bool = True

    @property
    def phase(self) -> Phase:
        """Where it is in its life."""
        return PHASES.get(self.status, Phase.RUNNING)

    @property
    def region(self) -> str:
        """The Region that it was started in."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """The account that it belongs to."""
        return self.arn.split(":")[4]

    @property
    def ami_list(self) -> str:
        """Its AMIs as text: `eu-west-1 ami-0abc, us-east-1/210987654321 ami-0def`, or `none`."""
        named = (
            f"{ami.region if ami.account == self.account else f'{ami.region}/{ami.account}'} {ami.id}"
            for ami in sorted(self.amis, key=lambda ami: (ami.region, ami.account))
        )
        return ", ".join(named) or "none"


def get(aws: Aws, arn: str) -> Image | None:
    """Return an image as it is now, None if it does not exist.

    Raises:
        Failure: Image Builder refused to say.
    """
    with calling("Reading the image"):
        try:
            answer: Mapping[str, Any] = aws.image_builder.get_image(imageBuildVersionArn=arn)
        except ClientError as error:
            if is_gone(error, arn):
                return None
            raise
    described = answer.get("image", {})
    state = described.get("state", {})
    own_account = arn.split(":")[4]
    listed = described.get("outputResources", {}).get("amis", [])
    amis = [
        Ami(ami["region"], ami.get("accountId") or own_account, ami["image"])
        for ami in listed
        if "region" in ami and "image" in ami
    ]
    return Image(
        arn=arn,
        status=state.get("status", "PENDING"),
        reason=state.get("reason", ""),
        failure=state.get("failureContext", {}).get("distributionFailure", {}),
        amis=amis,
        lists_all_amis=len(amis) == len(listed),
        tags=described.get("tags", {}),
        created=seconds(described.get("dateCreated", "")),
    )


def seconds(moment: str) -> float:
    """Return the seconds since the epoch of an ISO 8601 text, 0 for an empty one."""
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp() if moment else 0.0
