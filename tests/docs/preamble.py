"""What a fragment in the documents finds: the imports of an app, a stack, a configuration and a distribution."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_ssm as ssm

from cdk_image_distribution import ImageDistribution, ImageDistributionProvider, SourceImage

__all__ = [
    "ImageDistribution",
    "ImageDistributionProvider",
    "SourceImage",
    "app",
    "cdk",
    "cloudwatch",
    "configuration",
    "distribution",
    "ec2",
    "iam",
    "imagebuilder",
    "kms",
    "logs",
    "ssm",
    "stack",
]

app = cdk.App()
stack = cdk.Stack(app, "GoldenImage", env=cdk.Environment(account="123456789012", region="eu-west-1"))
configuration = imagebuilder.CfnDistributionConfiguration(
    stack,
    "Configuration",
    name="golden-image",
    distributions=[
        {"region": region, "amiDistributionConfiguration": {"Name": "golden-{{ imagebuilder:buildDate }}"}}
        for region in ("eu-west-1", "us-east-1")
    ],
)
distribution = ImageDistribution(
    stack, "Preamble", source_image="ami-0123456789abcdef0", distribution_configuration=configuration
)
