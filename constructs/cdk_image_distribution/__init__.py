"""Declare the distribution of an existing AMI to many Regions and accounts in an AWS CDK stack."""

from ._distributed_image import IImageDistribution
from ._image_distribution import ImageDistribution
from ._lifecycle_role import LifecycleTargetRole
from ._provider import ImageDistributionProvider
from ._source_image import SourceImage
from ._target_account_role import DistributionTargetRole

__version__ = "0.1.0"

__all__ = [
    "DistributionTargetRole",
    "IImageDistribution",
    "ImageDistribution",
    "ImageDistributionProvider",
    "LifecycleTargetRole",
    "SourceImage",
]
