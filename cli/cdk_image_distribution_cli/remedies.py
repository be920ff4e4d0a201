"""What to do about a failure that Image Builder reports. A contract test holds the table to the Lambda function's."""

from __future__ import annotations

import re

# The first that matches counts, so the narrower come first.
REMEDIES = (
    (
        r"aws managed (cmk|key)|default (aws/ebs|ebs|kms|encryption)|aws/ebs|default key",
        "Encrypt the AMI with a customer managed KMS key; one under the default key cannot be shared.",
    ),
    (
        r"\bkms\b|kms:|key id is not accessible|customer master key|encryption key",
        "Let the execution role and the target account's role use the KMS key: by its key policy, and by kms_keys.",
    ),
    (
        r"ssm:PutParameter|parameter.{0,80}(not authorized|access ?denied|/imagebuilder)",
        "Name the parameter below /imagebuilder/, or let the execution role call ssm:PutParameter on it.",
    ),
    (
        r"ModifyImageAttribute|launch permission",
        "Let the execution role call ec2:ModifyImageAttribute, and check the accounts it is shared with.",
    ),
    (
        r"\bassume\b.{0,60}\brole|role.{0,120}be assumed|sts:AssumeRole"
        r"|(?<!assumed-role/)EC2ImageBuilderDistributionCrossAccountRole",
        "Create the role EC2ImageBuilderDistributionCrossAccountRole in that account, trusting this one.",
    ),
    (
        r"OptInRequired|opt.in|AuthFailure|region.{0,40}not (been )?enabled|not subscribed",
        "Enable the opt-in Region for that account, or remove it from the configuration.",
    ),
    (
        r"ResourceLimitExceeded|concurrent.{0,20}cop|in.progress.{0,20}cop",
        "Too many concurrent copies into that Region (50 an account): deploy again later.",
    ),
)

_REMEDIES = tuple((re.compile(message, re.IGNORECASE | re.DOTALL), remedy) for message, remedy in REMEDIES)


def remedy_for(message: str) -> str:
    """Return the remedy for a message of Image Builder's, or nothing if its cause is not known."""
    return next((remedy for pattern, remedy in _REMEDIES if pattern.search(message)), "")
