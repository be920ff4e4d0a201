"""What tests of the hosted Image Builder make and ask for."""

import json
from typing import Any

from local_aws import LocalAws, Outcome
from local_aws.clients import make_client
from tests.local_aws.waiting import eventually

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


def client_of(aws: LocalAws, service: str, user: str, *statements: dict[str, Any]) -> Any:
    """A client for a new user with these permissions alone."""
    iam = aws.client("iam")
    iam.create_user(UserName=user)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}
    iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=json.dumps(policy))
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
