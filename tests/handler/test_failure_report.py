"""Reasons: cause first, remedy last, the denied action and the code always there, at most 256 characters."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from cdk_image_distribution_handler.failure_report import (
    CAUSES,
    LONGEST_REASON,
    aws_reason,
    distribution_log,
    distribution_reason,
    fit,
    remedy_for,
)
from cdk_image_distribution_handler.image import Ami, Image
from local_aws.image_builder.model import service_model
from simulated_aws import ACCOUNT, IMAGE_ARN, OTHER_ACCOUNT

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
    ("EC2 Client Error: 'Given key ID is not accessible.'", "use the KMS key: by its key policy"),
    (f"{USER} is not authorized to perform: kms:CreateGrant on this resource", "use the KMS key: by its key policy"),
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
        "Create the role EC2ImageBuilderDistributionCrossAccountRole in that account",
    ),
    ("The role EC2ImageBuilderDistributionCrossAccountRole could not be assumed.", "Create the role EC2ImageBuilder"),
    ("OptInRequired: You are not subscribed to this service.", "Enable the opt-in Region"),
    ("AuthFailure: AWS was not able to validate the provided access credentials", "Enable the opt-in Region"),
    (
        "ResourceLimitExceeded: You have exceeded the number of allowed in-progress AMI copies to this Region.",
        "Too many concurrent copies into that Region",
    ),
]

# Names and ARNs up to the limits of IAM, STS and Image Builder.
NAMES = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789+=,.@_-", min_size=1, max_size=64)
ROLES = st.builds("arn:aws:sts::123456789012:assumed-role/{}/{}".format, NAMES, NAMES)
PATHS = st.text("abcdefghijklmnopqrstuvwxyz/", max_size=510)
RESOURCES = st.one_of(
    st.builds("arn:aws-us-gov:iam::123456789012:role/{}/{}".format, PATHS, NAMES),
    st.builds("arn:aws:imagebuilder:us-gov-east-1:123456789012:image/{}/1.0.0/1".format, NAMES),
    st.builds("arn:aws:events:ap-southeast-3:123456789012:rule/{}".format, NAMES),
)
ACTIONS = st.sampled_from(
    [
        "imagebuilder:StartResourceStateUpdate",
        "imagebuilder:GetDistributionConfiguration",
        "imagebuilder:DistributeImage",
        "cloudformation:DescribeStackResource",
        "iam:PassRole",
        "kms:GenerateDataKeyWithoutPlaintext",
        "ec2:ModifyImageAttribute",
        "ec2:ModifySnapshotAttribute",
        "ssm:PutParameter",
        "sts:AssumeRole",
        "events:PutTargets",
    ]
)
CODES = st.sampled_from(["AccessDeniedException", "AccessDenied", "ForbiddenException", "UnauthorizedOperation"])
# IAM user guide, "Troubleshoot access denied error messages"; EC2 API, DecodeAuthorizationMessage.
DENIALS = st.sampled_from(
    [
        "User: {role} is not authorized to perform: {action} on resource: {resource} because no identity-based policy "
        "allows the {action} action",
        "User: {role} is not authorized to perform: {action} on resource: {resource} with an explicit deny in a "
        "service control policy: arn:aws:organizations::123456789012:policy/o-abc/service_control_policy/p-abc",
        "User: {role} is not authorized to perform: {action}",
        "You are not authorized to perform this operation. User: {role} is not authorized to perform: {action} on "
        "resource: {resource} because no identity-based policy allows the {action} action. Encoded authorization "
        "failure message: " + "x" * 800,
    ]
)
PURPOSES = st.text("abcdefghijklmnopqrstuvwxyz ", min_size=1, max_size=60)


def failed(message: str, *, regions: int = 1, amis: int = 0, **failure: Any) -> Image:
    """Return a failed image."""
    failures = [
        {
            "region": f"us-east-{number}",
            "targetAccountId": OTHER_ACCOUNT,
            "status": "FAILED",
            "errorMessage": message,
            **failure,
        }
        for number in range(1, regions + 1)
    ]
    made = [Ami(f"eu-west-{number}", ACCOUNT, f"ami-{number:017x}") for number in range(amis)]
    return image("FAILED", failure={"errorMessage": "Failed.", "regionFailures": failures}, amis=made)


def image(status: str, **members: Any) -> Image:
    """Return an image with these members, all others empty."""
    empty: dict[str, Any] = {"reason": "", "failure": {}, "amis": [], "tags": {}, "created": 0.0}
    return Image(**{"arn": IMAGE_ARN, "status": status, **empty, **members})


def refusal(code: str, message: str) -> ClientError:
    """Return the error of a call that AWS refused."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "AnyOperation")


# Failed distributions


@pytest.mark.parametrize(("message", "remedy"), MESSAGES)
def test_remedy_of_a_known_cause_is_its_own(message: str, remedy: str) -> None:
    """The user reads what to do next, not what to do about another cause."""
    assert remedy in remedy_for(message)


def test_remedies_are_all_shown_by_a_message() -> None:
    """A row that nothing matches is dead code."""
    assert {remedy_for(message) for message, _ in MESSAGES} == {cause.remedy for cause in CAUSES}


def test_remedies_leave_room_for_the_cause() -> None:
    """The reason has 256 characters in all."""
    assert max(len(cause.remedy) for cause in CAUSES) <= 110


@pytest.mark.parametrize("message", ["InternalError: try again.", "You have reached your quota of AMIs."])
def test_remedy_of_an_unknown_cause_is_empty(message: str) -> None:
    """Wrong advice costs more than none: AMIs that fill a Region's quota do not go by waiting."""
    assert remedy_for(message) == ""


@pytest.mark.parametrize("regions", [1, 30])
@pytest.mark.parametrize("amis", [0, 1, 30])
@pytest.mark.parametrize("message", [*(message for message, _ in MESSAGES), "No.", "x" * 3000])
def test_distribution_reason_has_place_cause_and_remedy(message: str, regions: int, amis: int) -> None:
    """Whatever AWS says, all three are within 256 characters."""
    reason = distribution_reason(failed(message, regions=regions, amis=amis))
    assert len(reason) <= LONGEST_REASON
    assert reason.startswith("us-east-1 in account 210987654321 FAILED: ")
    assert remedy_for(message) in reason
    assert ("(and 29 more, see the log)" in reason) == (regions == 30)


@given(
    denial=DENIALS,
    role=ROLES,
    action=ACTIONS,
    resource=RESOURCES,
    regions=st.sampled_from([1, 2, 100]),
    failure=st.fixed_dictionaries(
        {
            "region": st.sampled_from(["us-east-1", "ap-southeast-3", "us-gov-east-1"]),
            "status": st.sampled_from(["FAILED", "CANCELLED", "TIMED_OUT"]),
            # ImageTestWorkflow and DISTRIBUTE_AMI are such; the API gives no limit, the model's names have these.
            "imageConfigurationStep": st.sampled_from(["", "DISTRIBUTE_AMI", "LAUNCH_PERMISSION_CONFIGURATION"]),
        }
    ),
)
def test_distribution_reason_names_the_denied_action(
    denial: str, role: str, action: str, resource: str, regions: int, failure: dict[str, Any]
) -> None:
    """The rollback deletes the log group, so the reason is all that the user has."""
    message = denial.format(role=role, action=action, resource=resource)
    reason = distribution_reason(failed(message, regions=regions, **failure))
    assert len(reason) <= LONGEST_REASON
    assert action in reason


def test_distribution_reason_names_the_amis_that_are_kept_if_they_fit() -> None:
    """They cost money until the user removes them."""
    assert distribution_reason(failed("No.", amis=1)).endswith(f"Copied: eu-west-0 ami-{0:017x}.")


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "TIMED_OUT"])
def test_distribution_reason_has_the_status_and_step_of_the_region(status: str) -> None:
    """A Region may be cancelled or timed out where another fails."""
    reason = distribution_reason(failed("No.", status=status, imageConfigurationStep="DISTRIBUTE_AMI"))
    assert reason == f"us-east-1 in account {OTHER_ACCOUNT} {status} at DISTRIBUTE_AMI: No."


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"status": "FAILED", "reason": "Boom."}, "Distribution FAILED: Boom."),
        ({"status": "FAILED", "failure": {"errorMessage": "Bang."}}, "Distribution FAILED: Bang."),
        ({"status": "CANCELLED"}, "Distribution CANCELLED: Image Builder gives no reason"),
        ({"status": "FAILED", "failure": {"regionFailures": [{}]}}, "an unknown Region FAILED: "),
    ],
)
def test_distribution_reason_says_what_there_is(members: dict[str, Any], reason: str) -> None:
    """An older Image Builder and a cancelled image have no failure context, or half of one."""
    assert distribution_reason(image(**members)) == reason


def test_distribution_log_has_each_region_and_ami() -> None:
    """Each Region comes with its own message and remedy."""
    text = distribution_log(failed(MESSAGES[0][0], regions=3, amis=2))
    for expected in ("us-east-1", "us-east-2", "us-east-3", "Encrypt the AMI", "eu-west-0 ami-", "eu-west-1 ami-"):
        assert expected in text


# Calls that AWS refused


@given(purpose=PURPOSES, code=CODES, denial=DENIALS, role=ROLES, action=ACTIONS, resource=RESOURCES)
def test_aws_reason_names_code_and_denied_action(
    purpose: str, code: str, denial: str, role: str, action: str, resource: str
) -> None:
    """Purpose, code and action come before any ARN, which may fill the whole reason."""
    reason = fit(aws_reason(purpose, refusal(code, denial.format(role=role, action=action, resource=resource))))
    assert len(reason) <= LONGEST_REASON
    assert reason.startswith(f"{purpose}: {code}: {action} is denied")


def test_aws_reason_has_resource_and_cause_of_a_denial() -> None:
    """What IAM says of the policy tells the user which one to change."""
    message = f"{USER} is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/R because no policy"
    assert aws_reason("Starting", refusal("AccessDenied", message)) == (
        "Starting: AccessDenied: iam:PassRole is denied on arn:aws:iam::1:role/R: no policy"
    )


@given(code=st.sampled_from(sorted(service_model().shape_names)), message=st.text(max_size=2000))
def test_aws_reason_begins_with_purpose_and_code(code: str, message: str) -> None:
    """Whatever AWS says, its code is there within 256 characters."""
    reason = fit(aws_reason("Reading the image", refusal(code, message)))
    assert len(reason) <= LONGEST_REASON
    assert reason.startswith(f"Reading the image: {code}: ")


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url="https://x"), ConnectTimeoutError(endpoint_url="https://x")]
)
def test_aws_reason_of_a_broken_connection_is_that_of_botocore(error: Exception) -> None:
    """There is no code then."""
    assert aws_reason("Reading the image", error) == f"Reading the image: {error}"


@pytest.mark.parametrize("length", [0, 255, 256, 257, 5000])
def test_fit_keeps_the_beginning(length: int) -> None:
    """Crhelper would keep the end, which has no cause."""
    reason = "".join(chr(ord("a") + place % 26) for place in range(length))
    fitted = fit(reason)
    assert len(fitted) == min(length, LONGEST_REASON)
    assert fitted == reason if length <= LONGEST_REASON else fitted.endswith("(whole text in the log)")
    assert fitted[:200] == reason[:200]
