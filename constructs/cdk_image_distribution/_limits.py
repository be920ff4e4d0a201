"""What the Image Builder API accepts, checked at synth; what is not known yet passes: tokens, and CDK's placeholders.

Source: Image Builder API reference, DistributeImage. botocore checks neither patterns nor maximum lengths, so
without these checks a bad value would be found an hour into a deployment.

What the API takes is taken without asking whether it is a token: each question is a round trip to jsii's kernel.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from aws_cdk import Duration

from ._literal import is_literal

#: The API takes 50 tags; these many are the handler's own (see `ownership_tags` in the handler).
OUR_TAGS = 6
MAXIMUM_TAGS = 50 - OUR_TAGS
OUR_TAG_PREFIX = "cdk-image-distribution:"

# In seconds. Image Builder lets a step of a distribution run for 12 hours at most.
_SHORTEST_TIMEOUT = 60
_LONGEST_TIMEOUT = 12 * 3600

_CONFIGURATION_ARN = re.compile(
    r"arn:aws[^:]*:imagebuilder:[^:]+:(?:[0-9]{12}|aws):distribution-configuration/[a-z0-9-_]+"
)
_IMAGE_ARN = re.compile(
    r"arn:aws[^:]*:imagebuilder:[^:]+:(?:[0-9]{12}|aws(?:-[a-z-]+)?):image/[a-z0-9-_]+"
    r"/(?:(?:x|[0-9]+)\.(?:x|[0-9]+)\.(?:x|[0-9]+)|[0-9]+\.[0-9]+\.[0-9]+/[0-9]+)"
)
_AMI_ID = re.compile(r"ami-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_LOG_GROUP_NAME = re.compile(r"[a-zA-Z0-9\-_/.]{1,512}")
_ROLE_ARN = re.compile(r"arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@\-_/]+")
_AMI_NAME = re.compile(r"[-_A-Za-z0-9{][-_A-Za-z0-9\s:{}.]+[-_A-Za-z0-9}]", re.ASCII)
_BUILD_DATE = re.compile(r"\{\{\s*imagebuilder:buildDate\s*\}\}")
_CONFIGURATION_NAME = re.compile(r"[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z0-9]")
_KEY_ARN = re.compile(r"arn:aws[^:]*:kms:[^:]+:[0-9]{12}:key/[a-zA-Z0-9-]+")
_LAUNCH_TEMPLATE_ID = re.compile(r"lt-[a-z0-9-_]{17}")
_SSM_PARAMETER_NAME = re.compile(r"[a-zA-Z0-9_.\-/]{1,1011}")
_TAG_KEY = re.compile(r"(?!aws:)[a-zA-Z0-9\s_.:/=+\-@]*", re.ASCII)


def check_source_image(argument: str, value: str) -> None:
    """Raise ValueError unless DistributeImage could take `value` as its `sourceImage`."""
    if _AMI_ID.fullmatch(value) or not is_literal(value):
        return
    if not 1 <= len(value) <= 1024:
        raise ValueError(
            f"{argument} must be 1 to 1,024 characters long, got {len(value)}. Name an AMI, a parameter or an image."
        )
    if value.startswith("ami-"):
        check_ami_id(argument, value)
    elif value.startswith("arn:"):
        check_image_arn(argument, value)
    elif not value.startswith("ssm:"):
        raise ValueError(
            f"{argument} must be an AMI id (ami-…), an Image Builder image ARN, or 'ssm:' and a parameter's "
            f"name or ARN, got {value!r}. Write one of these, or use a SourceImage.from_… method."
        )
    elif len(value) == len("ssm:"):
        raise ValueError(
            f"{argument} must name a parameter after 'ssm:', got {value!r}. Append the parameter's name or ARN."
        )


def check_ami_id(argument: str, value: str) -> None:
    """Raise ValueError unless `value` is a token or looks like an AMI's id."""
    if not _AMI_ID.fullmatch(value) and is_literal(value):
        raise ValueError(
            f"{argument} must be 'ami-' and 8 or 17 hexadecimal digits, got {value!r}. Copy the id from EC2."
        )


def check_image_arn(argument: str, value: str) -> None:
    """Raise ValueError unless `value` is a token or the ARN of an image's version or build version."""
    if not _IMAGE_ARN.fullmatch(value) and is_literal(value):
        raise ValueError(
            f"{argument} must be an Image Builder image ARN "
            f"(arn:aws:imagebuilder:<region>:<account>:image/<name>/<version>/<build>), got {value!r}. "
            "Copy the ARN of a version or of a build version; name an AMI by its id."
        )


def check_build_version_arn(argument: str, value: str) -> None:
    """Raise ValueError unless `value` is a token or the ARN of an image's build version."""
    if (not _IMAGE_ARN.fullmatch(value) or value.count("/") < 3) and is_literal(value):
        raise ValueError(
            f"{argument} must be the ARN of a build version "
            f"(arn:aws:imagebuilder:<region>:<account>:image/<name>/<version>/<build>), got {value!r}. "
            "Pass the image_arn of the distribution in the other stack."
        )


def check_configuration_arn(argument: str, value: str) -> None:
    """Raise ValueError unless `value` is a token or a distribution configuration's ARN."""
    if not _CONFIGURATION_ARN.fullmatch(value) and is_literal(value):
        raise ValueError(
            f"{argument} must be a distribution configuration's ARN (arn:aws:imagebuilder:<region>:<account>:"
            f"distribution-configuration/<name, lower case>), got {value!r}. Copy the ARN from Image Builder."
        )


def check_rule_region(rule_region: str, image_region: str | None) -> None:
    """Raise ValueError if both Regions are known and differ: events stay in the image's Region."""
    if rule_region != image_region and is_literal(rule_region) and is_literal(image_region):
        raise ValueError(
            f"An EventBridge rule must be in the image's Region, {image_region}, got {rule_region}. Make it in a stack "
            "of that Region, named by cross_stack_scope or with from_image_arn()."
        )


def check_log_group_name(argument: str, value: str) -> None:
    """Raise ValueError unless `value` is a token or a log group name that Image Builder takes."""
    if not _LOG_GROUP_NAME.fullmatch(value) and is_literal(value):
        raise ValueError(
            f"{argument} must have a name of 1 to 512 letters, digits and - _ / . "
            f"(Image Builder takes no '#'), got {value!r}. Rename the log group."
        )


def check_role_arn(argument: str, value: str) -> None:
    """Raise ValueError unless `value` is a token or a role's ARN of at most 2,048 characters."""
    if not is_literal(value):
        return
    if len(value) > 2048 or not _ROLE_ARN.fullmatch(value):
        raise ValueError(
            f"{argument} must be a role with an ARN of at most 2,048 characters "
            f"(arn:aws:iam::<account>:role/<name>), got {value!r}. Pass the role that Image Builder shall use."
        )


def timeout_seconds(argument: str, value: Duration) -> int:
    """Return a timeout in seconds.

    Raises:
        ValueError: It lies outside the limits, or is a token: the number of waits is fixed at synthesis.
    """
    if value.is_unresolved():
        raise ValueError(
            f"{argument} must be known at synthesis, since the number of resources depends on it, got a token. "
            "Write a number."
        )
    seconds = round(value.to_seconds())
    if not _SHORTEST_TIMEOUT <= seconds <= _LONGEST_TIMEOUT:
        raise ValueError(
            f"{argument} must be between 1 minute and 12 hours, got {value.to_human_string()}. "
            "Choose one between, or wait=False."
        )
    return seconds


def check_account(argument: str, value: str) -> None:
    """Raise ValueError unless `value` is a token or an account id."""
    if not re.fullmatch(r"[0-9]{12}", value) and is_literal(value):
        raise ValueError(f"{argument} must be an account id of 12 digits, got {value!r}. Write all 12 digits, as text.")


def check_configuration_name(argument: str, value: str) -> None:
    """Raise ValueError unless `value` is a token or a name that a distribution configuration may have."""
    if not _CONFIGURATION_NAME.fullmatch(value) and is_literal(value):
        raise ValueError(
            f"{argument} must be 3 to 128 letters, digits, spaces and - _ , without a space at an end, "
            f"got {len(value)} characters: {value!r}. Rename the configuration."
        )


def check_ami_name(argument: str, value: str) -> None:
    """Raise ValueError unless `value` is a token or a name that each distribution makes another AMI name of."""
    if not is_literal(value):
        return
    if len(value) > 127 or not _AMI_NAME.fullmatch(value):
        raise ValueError(
            f"{argument} must be 3 to 127 letters, digits, white space and - _ : . {{ }} , "
            f"got {len(value)} characters: {value!r}. Rename the AMI."
        )
    if not _BUILD_DATE.search(value):
        raise ValueError(
            f"{argument} must contain '{{{{ imagebuilder:buildDate }}}}', since an AMI's name is its own in a Region, "
            f"got {value!r}. Write {value[:90] + '-{{ imagebuilder:buildDate }}'!r}."
        )


def check_key_arn(argument: str, value: str) -> None:
    """Raise ValueError unless `value` is a token or the ARN of a KMS key; an alias is none, for IAM."""
    if not _KEY_ARN.fullmatch(value) and is_literal(value):
        raise ValueError(
            f"{argument} must be KMS keys or their ARNs (arn:aws:kms:<region>:<account>:key/<id>), got {value!r}. "
            "Name the key, not its alias."
        )


def check_launch_template_id(argument: str, value: str) -> None:
    """Raise ValueError unless `value` is a token or a launch template's id."""
    if not _LAUNCH_TEMPLATE_ID.fullmatch(value) and is_literal(value):
        raise ValueError(
            f"{argument} must be 'lt-' and 17 lower case letters and digits, got {value!r}. Write the id, not the name."
        )


def check_ssm_parameter_name(argument: str, value: str) -> None:
    """Raise ValueError unless `value` is a token or an SSM parameter's name that Image Builder writes to."""
    if not _SSM_PARAMETER_NAME.fullmatch(value) and is_literal(value):
        raise ValueError(
            f"{argument} must be a parameter's name of 1 to 1,011 letters, digits and _ . - / , "
            f"got {len(value)} characters: {value[:80]!r}. Rename the parameter."
        )


def tag_problems(tags: Mapping[str, str]) -> list[str]:
    """Return a sentence for each rule of the API that these tags break; none if all is well."""
    problems = []
    if len(tags) > MAXIMUM_TAGS:
        problems.append(
            f"tags must be at most {MAXIMUM_TAGS}, since Image Builder takes 50 and {OUR_TAGS} are ownership tags, "
            f"got {len(tags)}. Remove some: {_removed(list(tags)[-1])}."
        )
    for key, value in tags.items():
        if is_literal(key):
            problems += _tag_key_problems(key)
        if len(value) > 256 and is_literal(value):
            problems.append(
                f"tags must have values of at most 256 characters, got {len(value)} for the key {key!r}. "
                f"Shorten the value, or remove the tag: {_removed(key)}."
            )
    return problems


def _tag_key_problems(key: str) -> list[str]:
    remedy = f"Rename the key, or remove the tag: {_removed(key)}."
    if key.lower().startswith("aws:"):
        return [f"tags must have no key that begins with 'aws:', which AWS reserves, got {key!r}. {remedy}"]
    if key.startswith(OUR_TAG_PREFIX):
        return [f"tags must have no key that begins with {OUR_TAG_PREFIX!r}, an ownership tag, got {key!r}. {remedy}"]
    if not 1 <= len(key) <= 128:
        return [f"tags must have keys of 1 to 128 characters, got {len(key)}: {key!r}. {remedy}"]
    if not _TAG_KEY.fullmatch(key):
        return [f"tags must have keys of letters, digits, white space and _ . : / = + - @ , got {key!r}. {remedy}"]
    return []


def _removed(key: str) -> str:
    return f"Tags.of(distribution).remove({json.dumps(key)})"
