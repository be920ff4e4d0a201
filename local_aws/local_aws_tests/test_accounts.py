"""Other accounts: their own resources, and the role by which Image Builder reaches them."""

import json
from typing import Any

import pytest

from local_aws import LocalAws
from local_aws.leftovers import leftovers
from local_aws_tests.on_server import LIFECYCLE_POLICY, allowing, distributed, failure_of, made_role
from local_aws_tests.stacks import Stack
from local_aws_tests.waiting import eventually

TARGET = "222222222222"
OTHER = "444444444444"
ROLE = "EC2ImageBuilderDistributionCrossAccountRole"
CROSS_ACCOUNT_POLICY = "Ec2ImageBuilderCrossAccountDistributionAccess"
ASSUME = {"Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{TARGET}:role/{ROLE}"}
SHARE = {"Action": ["ec2:ModifyImageAttribute", "ec2:ModifySnapshotAttribute"], "Resource": "*"}

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


def trust_of(account: str) -> dict[str, Any]:
    """A trust policy for another account."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


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


def test_target_account_needs_the_roles_of_both_accounts(aws: LocalAws, ami: str, to_target: str) -> None:
    """A missing role, trust or permission of either side is denied in IAM's words, and reported for the account."""
    own, there = aws.client("iam"), aws.client("iam", account=TARGET)
    executing = made_role(aws, "reaching", statements=[ASSUME, SHARE])
    request = {"sourceImage": ami, "distributionConfigurationArn": to_target, "executionRole": executing}

    def denied(action: str, resource: str, principal: str = "", step: str = "") -> None:
        failure = failure_of(aws, **request)
        assert (failure["region"], failure["targetAccountId"], failure["status"]) == ("us-east-1", TARGET, "FAILED")
        assert failure.get("imageConfigurationStep", "") == step
        acting = principal or f"arn:aws:sts::{aws.account}:assumed-role/reaching"
        words = f"User: {acting}/Ec2ImageBuilderIntegrationService is not authorized to perform: {action} on resource"
        assert failure["errorMessage"].startswith(f"{words}: {resource}")

    denied("sts:AssumeRole", ASSUME["Resource"])
    made_role(aws, ROLE, CROSS_ACCOUNT_POLICY, account=TARGET, trust=trust_of("333333333333"))
    denied("sts:AssumeRole", ASSUME["Resource"])
    there.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(trust_of(aws.account)))
    own.put_role_policy(RoleName="reaching", PolicyName="own", PolicyDocument=allowing(SHARE))
    denied("sts:AssumeRole", ASSUME["Resource"])

    own.put_role_policy(RoleName="reaching", PolicyName="own", PolicyDocument=allowing(ASSUME))
    denied("ec2:ModifyImageAttribute", f"arn:aws:ec2:eu-west-1::image/{ami}")
    only_image = {**SHARE, "Action": "ec2:ModifyImageAttribute"}
    own.put_role_policy(RoleName="reaching", PolicyName="own", PolicyDocument=allowing(ASSUME, only_image))
    denied("ec2:ModifySnapshotAttribute", "arn:aws:ec2:eu-west-1::snapshot/snap-")
    own.put_role_policy(RoleName="reaching", PolicyName="own", PolicyDocument=allowing(ASSUME, SHARE))
    target = f"arn:aws:sts::{TARGET}:assumed-role/{ROLE}"
    parameter = f"arn:aws:ssm:us-east-1:{TARGET}:parameter/accounts/ami"
    denied("ssm:PutParameter", parameter, target, "PUT_SSM_PARAMETERS")

    writes = {"Action": "ssm:PutParameter", "Resource": parameter}
    there.put_role_policy(RoleName=ROLE, PolicyName="own", PolicyDocument=allowing(writes))
    (copy,) = distributed(aws, **request)["outputResources"]["amis"]
    written = aws.client("ssm", "us-east-1", TARGET).get_parameter(Name="/accounts/ami")["Parameter"]
    (found,) = aws.client("ec2", "us-east-1", TARGET).describe_images(ImageIds=[copy["image"]])["Images"]
    assert (found["OwnerId"], written["Value"]) == (TARGET, copy["image"])


def test_deletion_with_amis_of_another_account_needs_a_role_there(aws: LocalAws, ami: str, role: str) -> None:
    """Without the role, or with one that trusts another image's account, the execution fails and the AMI stays."""
    own, there, image_builder = aws.client("iam"), aws.client("iam", account=OTHER), aws.client("imagebuilder")
    own.put_role_policy(
        RoleName="execution",
        PolicyName="share",
        PolicyDocument=allowing(SHARE, {"Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{OTHER}:role/*"}),
    )
    made_role(aws, ROLE, CROSS_ACCOUNT_POLICY, account=OTHER, trust=trust_of(aws.account))
    configuration = image_builder.create_distribution_configuration(
        name="to-other",
        distributions=[{"region": "us-east-1", "amiDistributionConfiguration": {"targetAccountIds": [OTHER]}}],
    )["distributionConfigurationArn"]
    image = distributed(aws, sourceImage=ami, distributionConfigurationArn=configuration, executionRole=role)

    def deletion() -> str:
        execution = image_builder.start_resource_state_update(
            resourceArn=image["arn"],
            state={"status": "DELETED"},
            executionRole=role,
            includeResources={"amis": True, "snapshots": True},
        )["lifecycleExecutionId"]

        def state() -> dict[str, Any]:
            answer = image_builder.get_lifecycle_execution(lifecycleExecutionId=execution)["lifecycleExecution"]
            return dict(answer["state"])

        assert eventually(lambda: state()["status"] in ("SUCCESS", "FAILED"))
        return f"{state()['status']} {state().get('reason', '')}"

    def amis() -> list[Any]:
        ids = [{"Name": "image-id", "Values": [copy["image"] for copy in image["outputResources"]["amis"]]}]
        found: list[Any] = aws.client("ec2", "us-east-1", OTHER).describe_images(Filters=ids)["Images"]
        return found

    assert deletion().startswith("FAILED EC2 Image Builder cannot assume the role 'arn:aws:iam::")
    trust = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "imagebuilder.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": "333333333333"},
                    "StringLike": {"aws:SourceArn": f"arn:*:imagebuilder:*:{aws.account}:image/*/*/*"},
                },
            }
        ]
    }
    lifecycle = "Ec2ImageBuilderCrossAccountLifecycleAccess"
    made_role(aws, lifecycle, account=OTHER, trust=trust)
    assert deletion().startswith("FAILED EC2 Image Builder cannot assume")
    trust["Statement"][0]["Condition"]["StringEquals"] = {"aws:SourceAccount": aws.account}  # type: ignore[index]
    there.update_assume_role_policy(RoleName=lifecycle, PolicyDocument=json.dumps(trust))
    assert "not authorized to perform: ec2:DeregisterImage" in deletion()
    assert len(amis()) == 1

    there.attach_role_policy(RoleName=lifecycle, PolicyArn=f"arn:aws:iam::aws:policy/{LIFECYCLE_POLICY}")
    assert deletion() == "SUCCESS "
    assert amis() == []
