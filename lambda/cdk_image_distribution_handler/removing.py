"""Removing an image, however much of it there still is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_imagebuilder import ImagebuilderClient

# Image Builder API reference, imageBuildVersionArn.
_IMAGE_ARN = re.compile(
    r"arn:aws[^:]*:imagebuilder:[^:]+:(?:[0-9]{12}|aws(?:-[a-z-]+)?):image/[a-z0-9-_]+/[0-9]+\.[0-9]+\.[0-9]+/[0-9]+"
)


def is_image_arn(physical_id: str) -> bool:
    """Tell an image's ARN from the id that a create without an image leaves behind."""
    return _IMAGE_ARN.fullmatch(physical_id) is not None


def is_gone(error: ClientError) -> bool:
    """Tell whether Image Builder says that an image does not exist.

    Its error for that is undocumented, so the code for it counts and so does any message saying so.
    """
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"].lower()
    return code == "ResourceNotFoundException" or any(
        phrase in message for phrase in ("does not exist", "not found", "cannot be found", "could not be found")
    )


def delete_record(image_builder: ImagebuilderClient, image_arn: str) -> None:
    """Delete the image's record; its AMIs stay, as with the native AWS::ImageBuilder::Image.

    Raises:
        ClientError: Image Builder refused, other than because the image is gone already.
    """
    try:
        image_builder.delete_image(imageBuildVersionArn=image_arn)
    except ClientError as error:
        if not is_gone(error):
            raise
