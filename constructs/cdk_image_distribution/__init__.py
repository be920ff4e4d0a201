"""Declare the distribution of an existing AMI to many Regions and accounts in an AWS CDK stack."""

from .image_distribution import ImageDistribution
from .provider import ImageDistributionProvider
from .source_image import SourceImage
from .target_account_role import DistributionTargetRole

__all__ = ["DistributionTargetRole", "ImageDistribution", "ImageDistributionProvider", "SourceImage"]
