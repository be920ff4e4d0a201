"""An image of Image Builder as GetImage shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_imagebuilder import ImagebuilderClient

# Image Builder's ImageStatus, judged as its ImageAvailable waiter does; the last three end a new wait as well.
RUNNING = frozenset({"PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING"})
READY = frozenset({"AVAILABLE"})
LOST = frozenset({"FAILED", "CANCELLED", "DELETED", "DEPRECATED", "DISABLED"})

#: AVAILABLE once, and its AMIs are still there: a roll-back may return to it, and nothing is copied again.
RETIRED = frozenset({"DEPRECATED", "DISABLED"})
DEAD = LOST - RETIRED

# Image Builder API reference, imageBuildVersionArn.
_ARN = re.compile(
    r"arn:aws[^:]*:imagebuilder:[^:]+:(?:[0-9]{12}|aws(?:-[a-z-]+)?):image/[a-z0-9-_]+/[0-9]+\.[0-9]+\.[0-9]+/[0-9]+"
)


def is_image_arn(physical_id: str) -> bool:
    """Tell an image's ARN from the id that a create without an image leaves behind."""
    return _ARN.fullmatch(physical_id) is not None


def account_of(image_arn: str) -> str:
    """Return the account that an image's ARN names."""
    return image_arn.split(":")[4]


@dataclass(frozen=True)
class Image:
    """What we look at of an image.

    Attributes:
        arn: Its `imageBuildVersionArn`.
        status: One of ImageStatus.
        reason: Image Builder's words for the status, or nothing.
        failure: `failureContext.distributionFailure`, or nothing.
        amis: AMI ids by Region and account, those that are there by now.
        listed: Regions and ids of every AMI that GetImage lists, the source too if it does.
        tags: The tags of the image.
        created: When the distribution started, ISO 8601.
    """

    arn: str
    status: str
    reason: str = ""
    failure: Mapping[str, Any] = field(default_factory=dict)
    amis: Mapping[tuple[str, str], str] = field(default_factory=dict)
    listed: Sequence[tuple[str, str]] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    created: str = ""

    @property
    def alive(self) -> bool:
        """Whether its AMIs are there, or will be."""
        return self.status not in DEAD

    @property
    def copies(self) -> str:
        """Its AMIs in words: `eu-west-1 ami-0abc, us-east-1/210987654321 ami-0def`, or `none`."""
        own = account_of(self.arn)
        named = (
            f"{region if account == own else f'{region}/{account}'} {ami}"
            for (region, account), ami in sorted(self.amis.items())
        )
        return ", ".join(named) or "none"


def look_at(image_builder: ImagebuilderClient, arn: str) -> Image | None:
    """Return the image as it is now, None when there is none of that ARN.

    Raises:
        ClientError: Image Builder refused otherwise.
    """
    try:
        described: Mapping[str, Any] = image_builder.get_image(imageBuildVersionArn=arn)["image"]
    except ClientError as error:
        if is_gone(error):
            return None
        raise
    state = described.get("state", {})
    amis = [ami for ami in described.get("outputResources", {}).get("amis", []) if "region" in ami and "image" in ami]
    return Image(
        arn=arn,
        status=state.get("status", "PENDING"),
        reason=state.get("reason", ""),
        failure=state.get("failureContext", {}).get("distributionFailure", {}),
        amis={(ami["region"], ami.get("accountId") or account_of(arn)): ami["image"] for ami in amis},
        listed=[(ami["region"], ami["image"]) for ami in amis],
        tags=described.get("tags", {}),
        created=described.get("dateCreated", ""),
    )


def is_gone(error: ClientError) -> bool:
    """Tell whether Image Builder says that an image does not exist.

    Its error for that is undocumented, so the code for it counts and so does any message saying so.
    """
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"].lower()
    return code == "ResourceNotFoundException" or any(
        phrase in message for phrase in ("does not exist", "not found", "cannot be found", "could not be found")
    )
