"""Launch templates of a distribution: they have to exist, and get a version that starts the AMI."""

from typing import Any

import pytest

from local_aws import LocalAws
from local_aws_tests.on_server import EXECUTION_POLICY, distributed, failure_of, made_role
from local_aws_tests.stand_in import StandIn

REGIONS = ("eu-west-1", "us-east-1")
OTHER = "444444444444"

pytestmark = pytest.mark.usefixtures("quick")


def template_in(aws: LocalAws, region: str, name: str) -> str:
    """The id of a new launch template."""
    answer = aws.client("ec2", region).create_launch_template(
        LaunchTemplateName=name, LaunchTemplateData={"InstanceType": "t3.micro", "ImageId": "ami-0123456789abcdef1"}
    )
    return str(answer["LaunchTemplate"]["LaunchTemplateId"])


def test_launch_template_has_to_exist(aws: LocalAws, ami: str) -> None:
    """In the Region of the copy."""
    update = {"Action": "ec2:CreateLaunchTemplateVersion", "Resource": "*"}
    role = made_role(aws, "templates", EXECUTION_POLICY, statements=[update])
    templates = {region: template_in(aws, region, f"exists-{region}") for region in REGIONS}

    def request(region: str) -> dict[str, Any]:
        template = {"launchTemplateId": templates[region]}
        arn = aws.client("imagebuilder").create_distribution_configuration(
            name=f"template-{region}",
            distributions=[{"region": "us-east-1", "launchTemplateConfigurations": [template]}],
        )["distributionConfigurationArn"]
        return {"sourceImage": ami, "distributionConfigurationArn": arn, "executionRole": role}

    failure = failure_of(aws, **request("eu-west-1"))
    assert failure["imageConfigurationStep"] == "UPDATE_LAUNCH_TEMPLATES"
    assert failure["errorMessage"].endswith(f"with template ID {templates['eu-west-1']}, does not exist.")
    distributed(aws, **request("us-east-1"))


@pytest.mark.parametrize("becomes_default", [True, False])
def test_launch_template_gets_a_version_with_the_ami(aws: LocalAws, ami: str, becomes_default: bool) -> None:
    """The rest is that of the version before; it becomes the default if the configuration says so."""
    ec2 = aws.client("ec2", "us-east-1")
    name = f"version-{becomes_default}"
    update = {"Action": ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"], "Resource": "*"}
    role = made_role(aws, name, EXECUTION_POLICY, statements=[update])
    template = {"launchTemplateId": template_in(aws, "us-east-1", name), "setDefaultVersion": becomes_default}
    configuration = aws.client("imagebuilder").create_distribution_configuration(
        name=name, distributions=[{"region": "us-east-1", "launchTemplateConfigurations": [template]}]
    )["distributionConfigurationArn"]

    image = distributed(aws, sourceImage=ami, distributionConfigurationArn=configuration, executionRole=role)

    versions = ec2.describe_launch_template_versions(LaunchTemplateId=template["launchTemplateId"])
    first, second = sorted(versions["LaunchTemplateVersions"], key=lambda version: int(version["VersionNumber"]))
    (copy,) = image["outputResources"]["amis"]
    assert second["LaunchTemplateData"] == {"InstanceType": "t3.micro", "ImageId": copy["image"]}
    assert [version["DefaultVersion"] for version in (first, second)] == [not becomes_default, becomes_default]


def test_launch_template_of_another_account_gets_the_ami_of_this_one(stand_in: StandIn) -> None:
    """The AMI has to be shared with that account, as the warning of the construct says."""
    template = {"launchTemplateId": "lt-0123456789abcdef0", "accountId": OTHER}
    configuration = stand_in.configure(
        "template", [{"region": "us-east-1", "launchTemplateConfigurations": [template]}]
    )
    arn = stand_in.finish(distributionConfigurationArn=configuration)

    (copy,) = stand_in.image(arn)["outputResources"]["amis"]
    assert stand_in.backend.template_versions == [
        ("us-east-1", OTHER, template["launchTemplateId"], copy["image"], False)
    ]
