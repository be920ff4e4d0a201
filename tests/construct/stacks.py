"""Stacks that several tests look at."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_image_distribution import DistributionTargetRole, ImageDistribution, ImageDistributionProvider, SourceImage

AMI_ID = "ami-0123456789abcdef0"
OTHER_ACCOUNT = "210987654321"
KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
CONFIGURATION_ARN = "arn:aws:imagebuilder:eu-west-1:123456789012:distribution-configuration/golden"


def configuration_in(
    scope: Construct, id: str = "Configuration", **properties: object
) -> imagebuilder.CfnDistributionConfiguration:
    """Make a distribution configuration for one Region."""
    distribution = {
        "region": "eu-west-1",
        "amiDistributionConfiguration": {"Name": "golden-{{ imagebuilder:buildDate }}", **properties},
    }
    return imagebuilder.CfnDistributionConfiguration(scope, id, name=id.lower(), distributions=[distribution])


def all_arguments(stack: cdk.Stack) -> ImageDistribution:
    """Declare a distribution with every argument, to two Regions and, in one of them, to another account too."""
    configuration = imagebuilder.CfnDistributionConfiguration(
        stack,
        "Configuration",
        name="configuration",
        distributions=[
            {
                "region": region,
                "amiDistributionConfiguration": {
                    "Name": "golden-{{ imagebuilder:buildDate }}",
                    "TargetAccountIds": accounts,
                },
            }
            for region, accounts in (
                ("eu-west-1", ["123456789012"]),
                ("us-east-1", ["123456789012", OTHER_ACCOUNT]),
            )
        ],
    )
    target = cdk.Stack(stack, "Target", env=cdk.Environment(account=OTHER_ACCOUNT, region="eu-west-1"))
    DistributionTargetRole(target, "TargetRole", source_account="123456789012")
    return ImageDistribution(
        stack,
        "Distribution",
        source_image=SourceImage.from_ssm_parameter("/golden/ami"),
        distribution_configuration=configuration,
        execution_role=iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com")),
        log_group=logs.LogGroup(stack, "Log", log_group_name="/images/golden"),
        tags={"Team": "platform"},
        revision="2026-11",
        timeout=cdk.Duration.minutes(30),
        removal_policy=cdk.RemovalPolicy.RETAIN,
        provider=ImageDistributionProvider(
            stack, "ImageDistributionProviderWithLongLog", log_retention=logs.RetentionDays.ONE_YEAR
        ),
    )


def two_distributions(stack: cdk.Stack) -> None:
    """Declare two distributions in one stack: they share the function."""
    for name in ("Linux", "Windows"):
        ImageDistribution(
            stack,
            name,
            source_image=AMI_ID,
            distribution_configuration=configuration_in(stack, f"{name}Targets"),
        )


def imported_configuration(stack: cdk.Stack) -> ImageDistribution:
    """Declare a distribution by the ARN of a configuration from elsewhere."""
    return ImageDistribution(
        stack,
        "Distribution",
        source_image="ssm:/golden/ami",
        distribution_configuration=CONFIGURATION_ARN,
    )


def six_hours(stack: cdk.Stack) -> ImageDistribution:
    """Declare a distribution that may take six hours: a chain of waits."""
    distribution = ImageDistribution(
        stack,
        "Distribution",
        source_image=AMI_ID,
        distribution_configuration=CONFIGURATION_ARN,
        timeout=cdk.Duration.hours(6),
        retries=2,
    )
    for region in ("eu-west-1", "us-east-1"):
        cdk.CfnOutput(stack, f"Ami{region.replace('-', '')}", value=distribution.ami_id(region))
    return distribution


def amis_deleted(stack: cdk.Stack) -> ImageDistribution:
    """Declare a distribution that is not waited for and takes its AMIs along."""
    return ImageDistribution(
        stack,
        "Distribution",
        source_image=AMI_ID,
        distribution_configuration=CONFIGURATION_ARN,
        wait=False,
        auto_delete_amis=True,
    )


def every_permission(stack: cdk.Stack) -> ImageDistribution:
    """Declare a distribution whose role needs all that the construct can see in a configuration."""
    target = cdk.Stack(stack, "Target", env=cdk.Environment(account=OTHER_ACCOUNT, region="eu-west-1"))
    DistributionTargetRole(
        target,
        "TargetRole",
        source_account="123456789012",
        kms_keys=[KEY_ARN, kms.Key.from_key_arn(target, "Key", KEY_ARN.replace("123456789012", OTHER_ACCOUNT))],
        ssm_parameters=["/golden/theirs"],
        launch_templates=["lt-0123456789abcdef1"],
    )
    configuration = imagebuilder.CfnDistributionConfiguration(
        stack,
        "Configuration",
        name="everything",
        distributions=[
            {
                "region": "eu-west-1",
                "amiDistributionConfiguration": {
                    "Name": "golden-{{ imagebuilder:buildDate }}",
                    "KmsKeyId": KEY_ARN,
                    "TargetAccountIds": ["123456789012", OTHER_ACCOUNT],
                },
                "launchTemplateConfigurations": [
                    {"launchTemplateId": "lt-0123456789abcdef0"},
                    {"launchTemplateId": "lt-0123456789abcdef1", "accountId": OTHER_ACCOUNT},
                ],
                "ssmParameterConfigurations": [
                    {"parameterName": "/golden/linux"},
                    {"parameterName": "/golden/theirs", "amiAccountId": OTHER_ACCOUNT},
                ],
            },
            {
                "region": "us-east-1",
                "amiDistributionConfiguration": {
                    "KmsKeyId": "arn:aws:kms:us-east-1:123456789012:alias/golden",
                    "LaunchPermissionConfiguration": {"UserIds": [OTHER_ACCOUNT]},
                },
                "ssmParameterConfigurations": [{"parameterName": "golden", "dataType": "text"}],
            },
        ],
    )
    distribution = ImageDistribution(
        stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration
    )
    cdk.Annotations.of(distribution).acknowledge_warning(
        "cdk-image-distribution:launchTemplateAccount", "The AMI is shared with that account."
    )
    return distribution


def vpc_in(stack: cdk.Stack) -> ec2.IVpc:
    """Import a VPC with a private subnet and an isolated one."""
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["eu-west-1a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
        private_subnet_route_table_ids=["rtb-0123456789abcdef0"],
        isolated_subnet_ids=["subnet-0123456789abcdef1"],
        isolated_subnet_route_table_ids=["rtb-0123456789abcdef1"],
    )
