"""What tests of Image Builder on the server make and look up."""

import json
from collections.abc import Sequence
from typing import Any

from local_aws import LocalAws, Outcome
from local_aws.clients import make_client
from local_aws_tests.waiting import eventually

QUICK = Outcome(pending=0.1, distributing=0.1, integrating=0.1)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "imagebuilder.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        }
    ],
}
EXECUTION_POLICY = "EC2ImageBuilderExecutionPolicy"
LIFECYCLE_POLICY = "service-role/EC2ImageBuilderLifecycleExecutionPolicy"
WRITES_PARAMETERS = {"Action": "ssm:PutParameter", "Resource": "arn:aws:ssm:*:*:parameter/hosting/*"}


def allowing(*statements: dict[str, Any]) -> str:
    """A policy document that allows these statements."""
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}
    return json.dumps(policy)


def made_role(
    aws: LocalAws,
    name: str,
    *managed: str,
    statements: Sequence[dict[str, Any]] = (),
    account: str | None = None,
    trust: dict[str, Any] = TRUST,
    **options: Any,
) -> str:
    """The ARN of a new role with AWS's policies and statements of its own."""
    iam = aws.client("iam", account=account)
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), **options)["Role"]["Arn"]
    for policy in managed:
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=allowing(*statements))
    return str(arn)


def failure_of(aws: LocalAws, **parameters: Any) -> dict[str, Any]:
    """What GetImage reports of the first failure of a distribution."""
    image_builder = aws.client("imagebuilder")
    arn = image_builder.distribute_image(**parameters)["imageBuildVersionArn"]

    def state() -> dict[str, Any]:
        found: dict[str, Any] = image_builder.get_image(imageBuildVersionArn=arn)["image"]["state"]
        return found

    assert eventually(lambda: state()["status"] in ("FAILED", "AVAILABLE"))
    return dict(state()["failureContext"]["distributionFailure"]["regionFailures"][0])


def client_of(aws: LocalAws, service: str, user: str, *statements: dict[str, Any]) -> Any:
    """A client for a new user with these permissions alone."""
    iam = aws.client("iam")
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=allowing(*statements))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    credentials = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    return make_client(service, aws.region, {**aws.environment, **credentials})


def distributed(aws: LocalAws, **parameters: Any) -> dict[str, Any]:
    """An image that has become AVAILABLE."""
    image_builder = aws.client("imagebuilder")
    arn = image_builder.distribute_image(**parameters)["imageBuildVersionArn"]

    def image() -> dict[str, Any]:
        described: dict[str, Any] = image_builder.get_image(imageBuildVersionArn=arn)["image"]
        return described

    assert eventually(lambda: image()["state"]["status"] == "AVAILABLE")
    return image()
