"""Why a distribution failed, in the words of Image Builder, and what to do about the causes that are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .explaining import LONGEST_REASON, fit
from .image import Image, account_of


@dataclass(frozen=True)
class Cause:
    """A cause that is known by Image Builder's message.

    Attributes:
        message: What the message looks like, case ignored.
        remedy: What the user does about it, at most 110 characters.
    """

    message: re.Pattern[str]
    remedy: str


def _cause(message: str, remedy: str) -> Cause:
    return Cause(re.compile(message, re.IGNORECASE | re.DOTALL), remedy)


# The first that matches counts, so the narrower come first. `assumed-role/<name>` in a denial names who was
# denied, and is no sign that a role is missing.
CAUSES = (
    _cause(
        r"aws managed (cmk|key)|default (aws/ebs|ebs|kms|encryption)|aws/ebs|default key",
        "Encrypt the AMI with a customer managed KMS key; one under the default key cannot be shared.",
    ),
    _cause(
        r"\bkms\b|kms:|key id is not accessible|customer master key|encryption key",
        "Let the execution role and the target account use the KMS key, in its key policy.",
    ),
    _cause(
        r"ssm:PutParameter|parameter.{0,80}(not authorized|access ?denied|/imagebuilder)",
        "Name the parameter below /imagebuilder/, or let the execution role call ssm:PutParameter on it.",
    ),
    _cause(
        r"ModifyImageAttribute|launch permission",
        "Let the execution role call ec2:ModifyImageAttribute, and check the accounts it is shared with.",
    ),
    _cause(
        r"\bassume\b.{0,60}\brole|role.{0,120}be assumed|sts:AssumeRole"
        r"|(?<!assumed-role/)EC2ImageBuilderDistributionCrossAccountRole",
        "Make the role EC2ImageBuilderDistributionCrossAccountRole in that account, trusting this one.",
    ),
    _cause(
        r"OptInRequired|opt.in|AuthFailure|region.{0,40}not (been )?enabled|not subscribed",
        "Enable the opt-in Region for that account, or take it out of the configuration.",
    ),
    _cause(
        r"ResourceLimitExceeded|concurrent.{0,20}cop|in.progress.{0,20}cop",
        "Too many copies at once into that Region (50 an account): deploy again later.",
    ),
)


def remedy_for(message: str) -> str:
    """Return what to do about a message of Image Builder's, or nothing if its cause is not known."""
    return next((cause.remedy for cause in CAUSES if cause.message.search(message)), "")


def explain(image: Image) -> str:
    """Say in at most 256 characters where and why a distribution failed, cause first, remedy last."""
    failures = image.failure.get("regionFailures", [])
    if failures:
        first = failures[0]
        message = first.get("errorMessage") or image.failure.get("errorMessage") or image.reason
        others = f" (and {len(failures) - 1} more, see the log)" if len(failures) > 1 else ""
        cause = f"{_place(image, first)}: {message}"
    else:
        message = image.failure.get("errorMessage") or image.reason or "Image Builder gives no reason"
        others = ""
        cause = f"Distribution {image.status}: {message}"
    remedy = remedy_for(message)
    ending = others + (f" {remedy}" if remedy else "")
    return _with_copies(fit(cause, LONGEST_REASON - len(ending)) + ending, image)


def explain_all(image: Image) -> str:
    """Say everything that is known of a failure, for the log: each Region, account, step and message."""
    lines = [f"{image.arn} is {image.status}: {image.failure.get('errorMessage') or image.reason}"]
    for failure in image.failure.get("regionFailures", []):
        message = failure.get("errorMessage", "")
        lines.append(f"  {_place(image, failure)}: {message} {remedy_for(message)}".rstrip())
    lines.append(f"  AMIs that were copied, and stay: {image.copies}")
    return "\n".join(lines)


def _place(image: Image, failure: Mapping[str, Any]) -> str:
    place: str = failure.get("region", "an unknown Region")
    account = failure.get("targetAccountId")
    if account and account != account_of(image.arn):
        place += f" in account {account}"
    step = failure.get("imageConfigurationStep")
    return f"{place} {failure.get('status', 'FAILED')}" + (f" at {step}" if step else "")


def _with_copies(reason: str, image: Image) -> str:
    copied = f" Copied, and left there: {image.copies}."
    return reason + copied if image.amis and len(reason) + len(copied) <= LONGEST_REASON else reason
