"""Other accounts: their own resources, and the role by which Image Builder reaches them."""

import json
from typing import Any

import pytest

from local_aws import LocalAws
from local_aws.leftovers import leftovers
from tests.local_aws.hosted import TRUST, distributed
from tests.local_aws.stacks import Stack
from tests.local_aws.waiting import eventually

TARGET = "222222222222"
ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{TARGET}:role/{ROLE}"}

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture(scope="module")
def to_target(aws: LocalAws) -> str:
    """The ARN of a configuration that copies into another account, and writes a parameter there."""
    answer = aws.client("imagebuilder").create_distribution_configuration(
        name="to-target",
        distributions=[
            {
                "region": "us-east-1",
                "amiDistributionConfiguration": {"targetAccountIds": [TARGET]},
                "ssmParameterConfigurations": [{"parameterName": "/accounts/ami", "amiAccountId": TARGET}],
            }
        ],
    )
    return str(answer["distributionConfigurationArn"])


def failure_of(aws: LocalAws, ami: str, configuration: str, role: str) -> dict[str, Any]:
    """What GetImage reports of the only failure of a distribution."""
    image_builder = aws.client("imagebuilder")
    arn = image_builder.distribute_image(
        sourceImage=ami, distributionConfigurationArn=configuration, executionRole=role
    )["imageBuildVersionArn"]

    def state() -> dict[str, Any]:
        found: dict[str, Any] = image_builder.get_image(imageBuildVersionArn=arn)["image"]["state"]
        return found

    assert eventually(lambda: state()["status"] == "FAILED")
    (failure,) = state()["failureContext"]["distributionFailure"]["regionFailures"]
    return dict(failure)


def test_an_account_has_its_own_resources(aws: LocalAws) -> None:
    """A client of it is its root user, and finds nothing of another account's."""
    aws.client("ssm").put_parameter(Name="/accounts/mine", Value="v", Type="String")
    there = aws.client("ssm", account=TARGET)

    assert aws.client("sts", account=TARGET).get_caller_identity()["Account"] == TARGET
    assert aws.client("sts").get_caller_identity()["Account"] == aws.account
    assert there.get_parameters(Names=["/accounts/mine"])["InvalidParameters"] == ["/accounts/mine"]


def test_leftovers_are_of_a_region_and_an_account(aws: LocalAws) -> None:
    """A stack shows where it is, and nowhere else, until it is deleted."""
    there = Stack(aws, region="us-east-1", account=TARGET)
    there.create({"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "left-over"}}})
    made = {f"stack {there.name}", "log group left-over"}

    assert made <= set(leftovers(aws, "us-east-1", TARGET))
    assert made.isdisjoint(leftovers(aws) + leftovers(aws, "us-east-1") + leftovers(aws, "eu-west-1", TARGET))
    there.delete()
    assert made.isdisjoint(leftovers(aws, "us-east-1", TARGET))


def test_a_target_account_is_reached_by_the_roles_of_both_accounts(aws: LocalAws, ami: str, to_target: str) -> None:
    """Denied in IAM's words without any one of three: the role, its trust, the execution role's permission."""
    own, there = aws.client("iam"), aws.client("iam", account=TARGET)
    executing = own.create_role(RoleName="reaching", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    allow = {"Version": "2012-10-17", "Statement": [ASSUME]}
    trust = {
        account: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        )
        for account in (aws.account, "333333333333")
    }
    denied = {
        "region": "us-east-1",
        "targetAccountId": TARGET,
        "status": "FAILED",
        "errorMessage": f"User: arn:aws:sts::{aws.account}:assumed-role/reaching/Ec2ImageBuilderIntegrationService is "
        f"not authorized to perform: sts:AssumeRole on resource: {ASSUME['Resource']}",
    }

    own.put_role_policy(RoleName="reaching", PolicyName="reach", PolicyDocument=json.dumps(allow))
    assert failure_of(aws, ami, to_target, executing) == denied
    there.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust["333333333333"])
    assert failure_of(aws, ami, to_target, executing) == denied
    there.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust[aws.account])
    own.delete_role_policy(RoleName="reaching", PolicyName="reach")
    assert failure_of(aws, ami, to_target, executing) == denied

    own.put_role_policy(RoleName="reaching", PolicyName="reach", PolicyDocument=json.dumps(allow))
    image = distributed(aws, sourceImage=ami, distributionConfigurationArn=to_target, executionRole=executing)
    (copy,) = image["outputResources"]["amis"]
    parameter = aws.client("ssm", "us-east-1", TARGET).get_parameter(Name="/accounts/ami")["Parameter"]
    (found,) = aws.client("ec2", "us-east-1", TARGET).describe_images(ImageIds=[copy["image"]])["Images"]
    assert (found["OwnerId"], parameter["Value"]) == (TARGET, copy["image"])
