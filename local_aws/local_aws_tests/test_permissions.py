"""IAM for Image Builder: what a caller needs, on what, and what the execution role has to be."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws
from local_aws_tests.on_server import (
    EXECUTION_POLICY,
    WRITES_PARAMETERS,
    allowing,
    client_of,
    distributed,
    failure_of,
    made_role,
)

pytestmark = pytest.mark.usefixtures("quick")


REGIONS = ("eu-west-1", "us-east-1")
STACK = "cdk-image-distribution:stack-id"


def needed(aws: LocalAws, configuration: str, role: str, source: str) -> dict[str, dict[str, Any]]:
    """The statement for each action that a tagged distribution of a parameter's or an image's AMI takes."""
    images = f"arn:aws:imagebuilder:{aws.region}:{aws.account}:image/*"
    tagged = {"Resource": images, "Condition": {"StringEquals": {f"aws:RequestTag/{STACK}": "mine"}}}
    passed = {"StringEquals": {"iam:PassedToService": "imagebuilder.amazonaws.com"}}
    return {
        "imagebuilder:DistributeImage": tagged,
        "imagebuilder:TagResource": tagged,
        "imagebuilder:GetDistributionConfiguration": {"Resource": configuration},
        "imagebuilder:GetImage": {"Resource": source if source.startswith("arn:") else images},
        "ssm:GetParameter": {"Resource": f"arn:aws:ssm:{aws.region}:{aws.account}:parameter/hosting/source"},
        "ec2:DescribeImages": {"Resource": "*"},
        "iam:PassRole": {"Resource": role, "Condition": passed},
    }


@pytest.mark.parametrize(
    ("action", "from_image", "resource"),
    [
        ("imagebuilder:DistributeImage", False, r"arn:.*:image/\*"),
        ("imagebuilder:TagResource", False, r"arn:.*:image/\*"),
        ("imagebuilder:GetDistributionConfiguration", False, "arn:.*:distribution-configuration/hosting"),
        ("imagebuilder:GetImage", True, "arn:.*:image/distribute-.*/1.0.0/1"),
        ("ssm:GetParameter", False, "arn:aws:ssm:.*:parameter/hosting/source"),
        ("ec2:DescribeImages", False, r"\*"),
        ("iam:PassRole", False, "arn:aws:iam::123456789012:role/execution"),
    ],
)
def test_distribution_without_one_of_its_permissions_is_denied(
    aws: LocalAws, ami: str, configuration: str, role: str, action: str, from_image: bool, resource: str
) -> None:
    """Each alone is denied in AWS's words when it is missing, and together they suffice."""
    request = {"distributionConfigurationArn": configuration, "executionRole": role, "tags": {STACK: "mine"}}
    aws.client("ssm").put_parameter(Name="/hosting/source", Value=ami, Type="String", Overwrite=True)
    source = distributed(aws, **request, sourceImage=ami)["arn"] if from_image else "ssm:/hosting/source"
    granted = {
        name: {"Action": name, **statement} for name, statement in needed(aws, configuration, role, source).items()
    }
    name = action.partition(":")[2]
    enough = client_of(aws, "imagebuilder", f"all-{name}", *granted.values())
    short = client_of(aws, "imagebuilder", f"no-{name}", *[granted[given] for given in granted if given != action])

    assert enough.distribute_image(**request, sourceImage=source)
    denied = f"AccessDeniedException.*user/no-{name} is not authorized to perform: {action} on resource: {resource} "
    with pytest.raises(ClientError, match=denied):
        short.distribute_image(**request, sourceImage=source)


def test_distribution_without_the_tag_that_a_policy_asks_for_is_denied(
    aws: LocalAws, ami: str, configuration: str, role: str
) -> None:
    """`aws:RequestTag` counts for DistributeImage and for TagResource."""
    granted = needed(aws, configuration, role, ami)
    limited = client_of(
        aws, "imagebuilder", "tagging", *[{"Action": name, **statement} for name, statement in granted.items()]
    )
    request = {"sourceImage": ami, "distributionConfigurationArn": configuration, "executionRole": role}
    arn = limited.distribute_image(**request, tags={STACK: "mine"})["imageBuildVersionArn"]
    limited.tag_resource(resourceArn=arn, tags={"k": "v", STACK: "mine"})

    for tags in ({STACK: "other"}, {"k": "v"}):
        with pytest.raises(ClientError, match="not authorized to perform: imagebuilder:DistributeImage"):
            limited.distribute_image(**request, tags=tags)
        with pytest.raises(ClientError, match="not authorized to perform: imagebuilder:TagResource"):
            limited.tag_resource(resourceArn=arn, tags=tags)


def test_resource_tag_decides_what_may_be_done_with_an_image(
    aws: LocalAws, ami: str, configuration: str, role: str
) -> None:
    """`aws:ResourceTag` counts for every operation on an image, and a missing image reads as denied."""
    request = {"sourceImage": ami, "distributionConfigurationArn": configuration, "executionRole": role}
    mine = distributed(aws, **request, tags={STACK: "mine"})["arn"]
    other = distributed(aws, **request, tags={STACK: "other"})["arn"]
    untagged = distributed(aws, **request)["arn"]
    actions = ["CancelImageCreation", "DeleteImage", "StartResourceStateUpdate", "UntagResource", "RetryImage"]
    limited = client_of(
        aws,
        "imagebuilder",
        "owner",
        {
            "Action": [f"imagebuilder:{action}" for action in actions],
            "Resource": f"arn:aws:imagebuilder:{aws.region}:{aws.account}:image/*",
            "Condition": {"StringEquals": {f"aws:ResourceTag/{STACK}": "mine"}},
        },
    )

    def operations(arn: str) -> list[Callable[[], Any]]:
        return [
            lambda: limited.untag_resource(resourceArn=arn, tagKeys=["k"]),
            lambda: limited.cancel_image_creation(imageBuildVersionArn=arn),
            lambda: limited.retry_image(imageBuildVersionArn=arn),
            lambda: limited.start_resource_state_update(resourceArn=arn, state={"status": "AVAILABLE"}),
            lambda: limited.delete_image(imageBuildVersionArn=arn),
        ]

    for foreign in (other, untagged, mine + "0"):
        for denied in operations(foreign):
            with pytest.raises(ClientError, match="AccessDeniedException"):
                denied()
    untag, cancel, retry, update, delete = operations(mine)
    untag()
    for refused in (cancel, retry, update):
        with pytest.raises(ClientError, match="InvalidRequestException"):
            refused()
    delete()
    with pytest.raises(ClientError, match="AccessDeniedException"):
        delete()


def test_permissions_boundary_limits_a_role(aws: LocalAws, ami: str, configuration: str) -> None:
    """What the boundary leaves out is denied to the caller and to the execution role."""
    iam = aws.client("iam")
    boundary = iam.create_policy(
        PolicyName="boundary", PolicyDocument=allowing({"Action": "ec2:DescribeImages", "Resource": "*"})
    )["Policy"]["Arn"]
    limited = made_role(
        aws, "limited-execution", EXECUTION_POLICY, statements=[WRITES_PARAMETERS], PermissionsBoundary=boundary
    )
    request = {"sourceImage": ami, "distributionConfigurationArn": configuration, "executionRole": limited}
    assert "not authorized to perform: ec2:CopyImage" in failure_of(aws, **request)["errorMessage"]
    user = client_of(aws, "imagebuilder", "bounded", {"Action": "imagebuilder:*", "Resource": "*"})
    user.list_images()
    iam.put_user_permissions_boundary(UserName="bounded", PermissionsBoundary=boundary)

    with pytest.raises(ClientError, match="not authorized to perform: imagebuilder:ListImages"):
        user.list_images()


def test_role_is_passed_by_its_path(aws: LocalAws, ami: str, configuration: str) -> None:
    """A statement on a path allows the roles under it, by ARN and by name, and no other role of the same name."""
    role = made_role(aws, "pathed", EXECUTION_POLICY, statements=[WRITES_PARAMETERS], Path="/stack/one/")
    request = {"sourceImage": ami, "distributionConfigurationArn": configuration}
    others = {"Action": ["imagebuilder:*", "ec2:DescribeImages"], "Resource": "*"}
    passes = {
        path: {"Action": "iam:PassRole", "Resource": f"arn:aws:iam::{aws.account}:role/stack/{path}/*"}
        for path in ("one", "two")
    }
    allowed, denied = (client_of(aws, "imagebuilder", f"path-{path}", others, passes[path]) for path in passes)

    for given in (role, "pathed"):
        assert allowed.distribute_image(**request, executionRole=given)
        with pytest.raises(ClientError, match=f"not authorized to perform: iam:PassRole on resource: {role}"):
            denied.distribute_image(**request, executionRole=given)
    without_path = f"arn:aws:iam::{aws.account}:role/pathed"
    with pytest.raises(ClientError, match="does not exist"):
        aws.client("imagebuilder").distribute_image(**request, executionRole=without_path)


def test_log_group_beyond_the_managed_policy_fails_the_distribution(
    aws: LocalAws, ami: str, configuration: str, role: str
) -> None:
    """The policy of AWS covers `/aws/imagebuilder/` alone; a statement for another group lets it pass."""
    request = {"sourceImage": ami, "distributionConfigurationArn": configuration, "executionRole": role}
    distributed(aws, **request, loggingConfiguration={"logGroupName": "/aws/imagebuilder/mine"})
    elsewhere = {"loggingConfiguration": {"logGroupName": "/elsewhere"}}
    denied = "not authorized to perform: logs:CreateLogStream on resource: arn:aws:logs:.*:log-group:/elsewhere:"
    assert re.search(denied, failure_of(aws, **request, **elsewhere)["errorMessage"])

    group = f"arn:aws:logs:{aws.region}:{aws.account}:log-group:/elsewhere:*"
    writes = {"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": group}
    logging = made_role(aws, "logging", EXECUTION_POLICY, statements=[WRITES_PARAMETERS, writes])
    distributed(aws, **{**request, **elsewhere, "executionRole": logging})


@pytest.mark.parametrize(
    ("part", "step", "denied"),
    [
        (
            {"ssmParameterConfigurations": [{"parameterName": "/elsewhere/ami"}]},
            "PUT_SSM_PARAMETERS",
            "ssm:PutParameter on resource: arn:aws:ssm:us-east-1:123456789012:parameter/elsewhere/ami",
        ),
        (
            {"launchTemplateConfigurations": [{"launchTemplateId": "lt-0123456789abcdef0"}]},
            "UPDATE_LAUNCH_TEMPLATES",
            "ec2:CreateLaunchTemplateVersion on resource: "
            "arn:aws:ec2:us-east-1:123456789012:launch-template/lt-0123456789abcdef0",
        ),
    ],
)
def test_step_beyond_the_managed_policy_fails_the_distribution(
    aws: LocalAws, ami: str, role: str, part: dict[str, Any], step: str, denied: str
) -> None:
    """Image Builder reports the step, and the action in IAM's words."""
    arn = aws.client("imagebuilder").create_distribution_configuration(
        name=f"beyond-{step}", distributions=[{"region": "us-east-1", "amiDistributionConfiguration": {}, **part}]
    )["distributionConfigurationArn"]
    failure = failure_of(aws, sourceImage=ami, distributionConfigurationArn=arn, executionRole=role)

    assert failure["imageConfigurationStep"] == step
    assert f"not authorized to perform: {denied} because no identity-based policy" in failure["errorMessage"]


def test_a_permission_is_for_its_resource(aws: LocalAws, ami: str, configuration: str, role: str) -> None:
    """GetImage on one image is no GetImage on another, and an ARN in a path or a query counts as one in a body."""
    request = {"sourceImage": ami, "distributionConfigurationArn": configuration, "executionRole": role}
    mine, other = (distributed(aws, **request)["arn"] for _ in range(2))
    statement = {"Action": ["imagebuilder:Get*", "imagebuilder:Tag*", "imagebuilder:Delete*"], "Resource": mine}
    limited = client_of(aws, "imagebuilder", "limited", statement)
    limited.tag_resource(resourceArn=mine, tags={"k": "v"})
    assert limited.get_image(imageBuildVersionArn=mine)["image"]["tags"] == {"k": "v"}
    limited.delete_image(imageBuildVersionArn=mine)

    for operation, parameters in (
        ("get_image", {"imageBuildVersionArn": other}),
        ("delete_image", {"imageBuildVersionArn": other}),
        ("tag_resource", {"resourceArn": other, "tags": {"k": "v"}}),
        ("get_lifecycle_execution", {"lifecycleExecutionId": "lce-00000000-0000-0000-0000-000000000000"}),
    ):
        with pytest.raises(ClientError, match="AccessDeniedException"):
            getattr(limited, operation)(**parameters)
