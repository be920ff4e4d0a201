"""The reasons that stack events show: cause first, remedy last, at most 256 characters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .image import Image

#: crhelper keeps only the last 240 characters of a longer reason.
LONGEST_REASON = 256
_REST_IN_LOG = " […] (whole text in the log)"

_DENIAL = re.compile(r"not authorized to perform:? ?(?P<action>[\w-]+:\w+)(?: on resource: (?P<resource>[^\s\"']+))?")
_BECAUSE = re.compile(r"because (?P<cause>.+?)(?:\.? Encoded authorization.*)?$", re.DOTALL)


@dataclass(frozen=True)
class Cause:
    """A known cause of failed distributions.

    Attributes:
        message: What Image Builder's message looks like; case is ignored.
        remedy: What the user does about it, at most 110 characters.
        may_pass: Whether the distribution may succeed when it is retried.
    """

    message: re.Pattern[str]
    remedy: str
    may_pass: bool = False


def _cause(message: str, remedy: str, may_pass: bool = False) -> Cause:
    return Cause(re.compile(message, re.IGNORECASE | re.DOTALL), remedy, may_pass)


# The first that matches counts, so the narrower come first. `assumed-role/<name>` in a denial names the caller, so it
# is no sign that a role is missing.
CAUSES = (
    _cause(
        r"aws managed (cmk|key)|default (aws/ebs|ebs|kms|encryption)|aws/ebs|default key",
        "Encrypt the AMI with a customer managed KMS key; one under the default key cannot be shared.",
    ),
    _cause(
        r"\bkms\b|kms:|key id is not accessible|customer master key|encryption key",
        "Let the execution role and the target account's role use the KMS key: by its key policy, and by kms_keys.",
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
        "Create the role EC2ImageBuilderDistributionCrossAccountRole in that account, trusting this one.",
    ),
    _cause(
        r"OptInRequired|opt.in|AuthFailure|region.{0,40}not (been )?enabled|not subscribed",
        "Enable the opt-in Region for that account, or remove it from the configuration.",
    ),
    _cause(
        r"ResourceLimitExceeded|concurrent.{0,20}cop|in.progress.{0,20}cop",
        "Too many concurrent copies into that Region (50 an account): deploy again later.",
        may_pass=True,
    ),
)


def fit(reason: str, room: int = LONGEST_REASON) -> str:
    """Return a reason in at most `room` characters, its end cut off."""
    return reason if len(reason) <= room else reason[: room - len(_REST_IN_LOG)] + _REST_IN_LOG


def aws_reason(purpose: str, error: Exception) -> str:
    """Return why an AWS call failed: the purpose, the error's code, the denied action, and what AWS says.

    A denial by IAM begins with the caller's ARN, which may fill the whole reason, so the action comes first.
    """
    if not isinstance(error, ClientError):
        return f"{purpose}: {error}"
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    denial = _DENIAL.search(message)
    if denial is None:
        return f"{purpose}: {code}: {message}"
    resource = f" on {denial['resource']}" if denial["resource"] else ""
    because = _BECAUSE.search(message)
    cause = f": {because['cause']}" if because else ""
    return f"{purpose}: {code}: {denial['action']} is denied{resource}{cause}"


def remedy_for(message: str) -> str:
    """Return the remedy for a message of Image Builder's, or nothing if its cause is not known."""
    cause = _cause_of(message)
    return cause.remedy if cause else ""


def may_pass(image: Image) -> bool:
    """Return whether a failed distribution may succeed when it is retried: no known cause needs the user."""
    failures = image.failure.get("regionFailures", [])
    messages = [failure.get("errorMessage", "") for failure in failures]
    causes = map(_cause_of, [*messages, image.failure.get("errorMessage", ""), image.reason])
    return all(cause is None or cause.may_pass for cause in causes)


def _cause_of(message: str) -> Cause | None:
    return next((cause for cause in CAUSES if cause.message.search(message)), None)


def distribution_reason(image: Image) -> str:
    """Return where and why a distribution failed, in at most 256 characters."""
    failures = image.failure.get("regionFailures", [])
    if failures:
        message = failures[0].get("errorMessage") or image.failure.get("errorMessage") or image.reason
        others = f" (and {len(failures) - 1} more, see the log)" if len(failures) > 1 else ""
        subject = _location(image, failures[0])
    else:
        message = image.failure.get("errorMessage") or image.reason or "Image Builder gives no reason"
        others = ""
        subject = f"Distribution {image.status}"
    denial = _DENIAL.search(message)
    # The caller's ARN may fill the reason before the action comes.
    denied = f"{denial['action']} is denied. " if denial and denial.start() > 40 else ""
    remedy = remedy_for(message)
    ending = others + (f" {remedy}" if remedy else "")
    if len(f"{subject}: {denied}{_REST_IN_LOG}{ending}") > LONGEST_REASON:
        ending = others
    reason = fit(f"{subject}: {denied}{message}", LONGEST_REASON - len(ending)) + ending
    copied = f" Copied: {image.ami_list}."
    return reason + copied if image.amis and len(reason) + len(copied) <= LONGEST_REASON else reason


def distribution_log(image: Image) -> str:
    """Return all that is known of a failure: each Region, account, step and message."""
    lines = [f"{image.arn} is {image.status}: {image.failure.get('errorMessage') or image.reason}"]
    for failure in image.failure.get("regionFailures", []):
        message = failure.get("errorMessage", "")
        lines.append(f"  {_location(image, failure)}: {message} {remedy_for(message)}".rstrip())
    lines.append(f"  AMIs that were copied: {image.ami_list}")
    return "\n".join(lines)


def _location(image: Image, failure: Mapping[str, Any]) -> str:
    location: str = failure.get("region", "an unknown Region")
    account = failure.get("targetAccountId")
    if account and account != image.account:
        location += f" in account {account}"
    step = failure.get("imageConfigurationStep")
    return f"{location} {failure.get('status', 'FAILED')}" + (f" at {step}" if step else "")
