"""KMS keys of a distribution: what encrypts a copy, and who lets it."""

import json
from typing import Any

import pytest

from local_aws import LocalAws
from local_aws_tests.on_server import allowing, distributed, failure_of, made_role

REGIONS = ("eu-west-1", "us-east-1")
TARGET = "555555555555"
ROLE = "EC2ImageBuilderDistributionCrossAccountRole"

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def target_role(aws: LocalAws) -> str:
    """The ARN of the role with which Image Builder copies into another account."""
    trust = {"Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"}, "Action": "sts:AssumeRole"}
    policy = "Ec2ImageBuilderCrossAccountDistributionAccess"
    return made_role(aws, ROLE, policy, account=TARGET, trust=json.loads(allowing(trust)))


def keyed(aws: LocalAws, name: str, key: str, **settings: Any) -> str:
    """The ARN of a configuration that encrypts the copy in us-east-1 with a key."""
    distributions = [{"region": "us-east-1", "amiDistributionConfiguration": {"kmsKeyId": key, **settings}}]
    answer = aws.client("imagebuilder").create_distribution_configuration(name=name, distributions=distributions)
    return str(answer["distributionConfigurationArn"])


def test_key_has_to_be_in_the_region_of_the_copy(aws: LocalAws, ami: str, role: str) -> None:
    """A key of another Region fails the copy; one of this Region encrypts it, by ARN and by alias."""
    keys = {region: aws.client("kms", region).create_key()["KeyMetadata"]["Arn"] for region in REGIONS}
    aws.client("kms", "us-east-1").create_alias(AliasName="alias/copy", TargetKeyId=keys["us-east-1"])
    request = {"sourceImage": ami, "executionRole": role}

    wrong = failure_of(aws, **request, distributionConfigurationArn=keyed(aws, "key-wrong", keys["eu-west-1"]))
    assert wrong["errorMessage"].startswith(f"The KMS key '{keys['eu-west-1']}' does not exist in us-east-1")
    for name, key in (("key-right", keys["us-east-1"]), ("key-alias", "alias/copy")):
        distributed(aws, **request, distributionConfigurationArn=keyed(aws, name, key))


def test_key_policy_and_role_have_to_admit_the_copy(aws: LocalAws, ami: str, role: str) -> None:
    """A key policy that admits nobody else, and a role without the permission, fail it."""
    kms = aws.client("kms", "us-east-1")
    root = {"AWS": f"arn:aws:iam::{aws.account}:root"}
    closed = {"Effect": "Allow", "Principal": root, "Action": ["kms:PutKeyPolicy", "kms:Get*"], "Resource": "*"}
    key = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [closed]}))["KeyMetadata"]["Arn"]
    configuration = keyed(aws, "key-policy", key)
    request = {"sourceImage": ami, "distributionConfigurationArn": configuration}
    assert (
        "not authorized to perform: kms:DescribeKey" in failure_of(aws, **request, executionRole=role)["errorMessage"]
    )

    opened = {**closed, "Action": "kms:*"}
    kms.put_key_policy(
        KeyId=key, PolicyName="default", Policy=json.dumps({"Version": "2012-10-17", "Statement": [opened]})
    )
    distributed(aws, **request, executionRole=role)
    without = made_role(aws, "no-kms", statements=[{"Action": ["ec2:CopyImage", "ec2:CreateTags"], "Resource": "*"}])
    denied = failure_of(aws, **request, executionRole=without)["errorMessage"]
    assert f"not authorized to perform: kms:DescribeKey on resource: {key}" in denied


def test_key_of_a_copy_for_another_account_needs_both_accounts(aws: LocalAws, ami: str, target_role: str) -> None:
    """Its policy admits the other account, and the role there may use it; a grant to that role is enough as well."""
    executing = made_role(
        aws, "encrypting", statements=[{"Action": ["ec2:Modify*", "sts:AssumeRole"], "Resource": "*"}]
    )
    kms, there = aws.client("kms", "us-east-1"), aws.client("iam", account=TARGET)
    keys = [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    uses = [
        {
            "sourceImage": ami,
            "distributionConfigurationArn": keyed(aws, f"key-target-{place}", key, targetAccountIds=[TARGET]),
            "executionRole": executing,
        }
        for place, key in enumerate(keys)
    ]

    def denied(place: int) -> bool:
        failure = failure_of(aws, **uses[place])
        assert failure["targetAccountId"] == TARGET
        return f"not authorized to perform: kms:DescribeKey on resource: {keys[place]}" in failure["errorMessage"]

    there.put_role_policy(
        RoleName=ROLE, PolicyName="key", PolicyDocument=allowing({"Action": "kms:*", "Resource": "*"})
    )
    assert denied(0)
    admitted = [f"arn:aws:iam::{account}:root" for account in (aws.account, TARGET)]
    statement = {"Principal": {"AWS": admitted}, "Action": "kms:*", "Resource": "*"}
    kms.put_key_policy(KeyId=keys[0], PolicyName="default", Policy=allowing(statement))
    distributed(aws, **uses[0])
    there.delete_role_policy(RoleName=ROLE, PolicyName="key")
    assert denied(0)

    operations = ["DescribeKey", "GenerateDataKeyWithoutPlaintext", "CreateGrant"]
    kms.create_grant(KeyId=keys[1], GranteePrincipal=target_role, Operations=operations[1:])
    assert denied(1)
    kms.create_grant(KeyId=keys[1], GranteePrincipal=target_role, Operations=operations)
    distributed(aws, **uses[1])
