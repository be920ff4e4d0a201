"""Finding the AMI that a `sourceImage` means: an AMI id, `ssm:` and a parameter, or the ARN of an image."""

import re

from local_aws.image_builder.errors import ServiceError
from local_aws.image_builder.store import Store

_AMI = re.compile(r"^ami-[0-9a-f]{8,17}$")
_PARAMETER_PREFIX = "ssm:"


def source_ami(store: Store, source_image: str) -> str:
    """The AMI in the Region of the call that a source image resolves to.

    Raises:
        ServiceError: ResourceNotFoundException for what does not exist, InvalidRequestException for anything
            else.
    """
    if source_image.startswith(_PARAMETER_PREFIX):
        ami = _from_parameter(store, source_image.removeprefix(_PARAMETER_PREFIX))
    elif source_image.startswith("arn:"):
        ami = _from_image(store, source_image)
    else:
        ami = source_image
    if not _AMI.match(ami):
        raise ServiceError(
            "InvalidRequestException",
            f"The value supplied for parameter 'sourceImage' is not valid. '{ami}' is not an AMI ID, an SSM "
            "parameter or an image ARN.",
        )
    if not store.backend.ami_exists(ami):
        raise ServiceError("ResourceNotFoundException", f"The AMI with ID '{ami}' does not exist in {store.region}.")
    return ami


def _from_parameter(store: Store, name: str) -> str:
    value = store.backend.parameter(name)
    if value is None:
        raise ServiceError("ResourceNotFoundException", f"The SSM parameter '{name}' does not exist.")
    return value


def _from_image(store: Store, arn: str) -> str:
    image = store.image(arn)
    if image.status != "AVAILABLE":
        raise ServiceError(
            "InvalidRequestException",
            f"The image '{image.arn}' is not AVAILABLE, its status is {image.status}.",
        )
    here = [copy["image"] for copy in image.copies if copy["region"] == store.region]
    if not here:
        raise ServiceError("InvalidRequestException", f"The image '{image.arn}' has no AMI in {store.region}.")
    return str(here[0])
