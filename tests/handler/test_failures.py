"""Known causes carry their remedy; every reason fits, cause first and remedy last."""

from __future__ import annotations

import pytest

from cdk_image_distribution_handler.failures import CAUSES, explain, explain_all, remedy_for
from cdk_image_distribution_handler.image import Image

ARN = "arn:aws:imagebuilder:eu-west-1:123456789012:image/golden/1.0.0/1"
USER = "User: arn:aws:sts::210987654321:assumed-role/EC2ImageBuilderDistributionCrossAccountRole/Ec2ImageBuilder"

# The words that AWS uses. The first is from its knowledge center, "How do I resolve distribution errors for encrypted
# AMIs in Image Builder?"; the others are the error texts of the EC2, SSM, STS and KMS calls that a distribution makes.
MESSAGES = [
    (
        "EC2 Client Error: 'Snapshots encrypted with the AWS Managed CMK can't be shared. Specify another snapshot.' "
        "when distributing the image from the source account (ID: 123456789012) to the destination account "
        "(ID: 210987654321) in Region us-east-1.",
        "Encrypt the AMI with a customer managed KMS key",
    ),
    ("EC2 Client Error: 'Given key ID is not accessible.'", "use the KMS key, in its key policy"),
    (f"{USER} is not authorized to perform: kms:CreateGrant on this resource", "use the KMS key, in its key policy"),
    (
        f"{USER} is not authorized to perform: ssm:PutParameter on resource: arn:aws:ssm:eu-west-1:210987654321:"
        "parameter/golden",
        "Name the parameter below /imagebuilder/",
    ),
    (
        f"{USER} is not authorized to perform: ec2:ModifyImageAttribute on resource: arn:aws:ec2:::image/a",
        "Let the execution role call ec2:ModifyImageAttribute",
    ),
    (
        "User: arn:aws:sts::123456789012:assumed-role/Distribution/x is not authorized to perform: sts:AssumeRole on "
        "resource: arn:aws:iam::210987654321:role/EC2ImageBuilderDistributionCrossAccountRole",
        "Make the role EC2ImageBuilderDistributionCrossAccountRole in that account",
    ),
    ("The role EC2ImageBuilderDistributionCrossAccountRole could not be assumed.", "Make the role EC2ImageBuilder"),
    ("OptInRequired: You are not subscribed to this service.", "Enable the opt-in Region"),
    ("AuthFailure: AWS was not able to validate the provided access credentials", "Enable the opt-in Region"),
    (
        "ResourceLimitExceeded: You have exceeded the number of allowed in-progress AMI copies to this Region.",
        "Too many copies at once into that Region",
    ),
]


@pytest.mark.parametrize(("message", "remedy"), MESSAGES)
def test_a_known_cause_carries_its_remedy(message: str, remedy: str) -> None:
    """The user reads what to do next, and not what to do about another cause."""
    assert remedy in remedy_for(message)


def test_every_cause_is_shown_by_a_message() -> None:
    """A row that nothing matches is dead."""
    assert {remedy_for(message) for message, _ in MESSAGES} == {cause.remedy for cause in CAUSES}


@pytest.mark.parametrize("message", ["InternalError: try again.", "You have reached your quota of AMIs."])
def test_an_unknown_cause_carries_no_remedy(message: str) -> None:
    """A wrong advice costs more than none: AMIs that fill a Region's quota do not go by waiting."""
    assert remedy_for(message) == ""


def failed(message: str, *, regions: int = 1, amis: int = 0) -> Image:
    """Return a failed image."""
    failures = [
        {"region": f"us-east-{n}", "targetAccountId": "210987654321", "status": "FAILED", "errorMessage": message}
        for n in range(1, regions + 1)
    ]
    made = {(f"eu-west-{n}", "123456789012"): f"ami-{n:017x}" for n in range(amis)}
    return Image(ARN, "FAILED", failure={"errorMessage": "Failed.", "regionFailures": failures}, amis=made)


@pytest.mark.parametrize("regions", [1, 30])
@pytest.mark.parametrize("amis", [0, 1, 30])
@pytest.mark.parametrize("message", [*(message for message, _ in MESSAGES), "No.", "x" * 3000])
def test_cause_first_remedy_last_and_never_too_long(message: str, regions: int, amis: int) -> None:
    """Whatever AWS says, the reason has place, message and remedy within 256 characters."""
    reason = explain(failed(message, regions=regions, amis=amis))
    assert len(reason) <= 256
    assert reason.startswith(f"us-east-1 in account 210987654321 FAILED: {message[:40]}")
    assert remedy_for(message) in reason
    assert ("(and 29 more, see the log)" in reason) == (regions == 30)


def test_amis_that_stay_are_named_where_they_fit() -> None:
    """They cost money until somebody removes them."""
    assert explain(failed("No.", amis=1)).endswith(f"Copied, and left there: eu-west-0 ami-{0:017x}.")


def test_the_log_has_everything() -> None:
    """Each Region with its own message and remedy, and each AMI."""
    text = explain_all(failed(MESSAGES[0][0], regions=3, amis=2))
    for expected in ("us-east-1", "us-east-2", "us-east-3", "Encrypt the AMI", "eu-west-0 ami-", "eu-west-1 ami-"):
        assert expected in text


def test_a_failure_without_a_context_says_what_there_is() -> None:
    """An older Image Builder, or a cancelled image, has a reason or nothing."""
    assert explain(Image(ARN, "FAILED", reason="Boom.")) == "Distribution FAILED: Boom."
    assert explain(Image(ARN, "CANCELLED")) == "Distribution CANCELLED: Image Builder gives no reason"
