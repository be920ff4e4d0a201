"""IAM for Image Builder: what a caller needs, on what, and what the execution role has to be."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws
from tests.local_aws.hosted import TRUST, client_of, distributed

pytestmark = pytest.mark.usefixtures("quick")


@pytest.mark.parametrize(
    ("action", "denied"),
    [
        ("imagebuilder:DistributeImage", r"imagebuilder:DistributeImage on resource: arn:.*:image/\* because no"),
        ("imagebuilder:TagResource", r"imagebuilder:TagResource on resource: arn:.*:image/\* because no"),
        ("iam:PassRole", "iam:PassRole on resource: arn:aws:iam::123456789012:role/execution because no"),
    ],
)
def test_a_distribution_needs_three_permissions(
    aws: LocalAws, ami: str, configuration: str, role: str, action: str, denied: str
) -> None:
    """Each alone is denied in AWS's words when it is missing, and together they suffice."""
    images = f"arn:aws:imagebuilder:{aws.region}:{aws.account}:image/*"
    passed = {"StringEquals": {"iam:PassedToService": "imagebuilder.amazonaws.com"}}
    statements: dict[str, dict[str, Any]] = {
        "imagebuilder:DistributeImage": {"Resource": images},
        "imagebuilder:TagResource": {"Resource": images},
        "iam:PassRole": {"Resource": role, "Condition": passed},
    }
    granted = [{"Action": name, **statement} for name, statement in statements.items()]
    request = {"sourceImage": ami, "distributionConfigurationArn": configuration, "executionRole": role}
    name = action.partition(":")[2]
    enough = client_of(aws, "imagebuilder", f"all-{name}", *granted)
    short = client_of(aws, "imagebuilder", f"no-{name}", *[given for given in granted if given["Action"] != action])

    assert enough.distribute_image(**request, tags={"k": "v"})
    with pytest.raises(ClientError, match=f"AccessDeniedException.*user/no-{name} is not authorized .*{denied}"):
        short.distribute_image(**request, tags={"k": "v"})


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


@pytest.mark.parametrize(
    ("name", "problem"), [("unknown", "does not exist"), ("distrustful", "it does not trust imagebuilder.amazonaws")]
)
def test_the_execution_role_has_to_trust_image_builder(
    aws: LocalAws, ami: str, configuration: str, name: str, problem: str
) -> None:
    """A role that does not exist, or trusts another service, starts nothing."""
    if name == "distrustful":
        trust = json.loads(json.dumps(TRUST).replace("imagebuilder.amazonaws.com", "ec2.amazonaws.com"))
        aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    with pytest.raises(ClientError, match=problem):
        aws.client("imagebuilder").distribute_image(
            sourceImage=ami, distributionConfigurationArn=configuration, executionRole=name
        )
