"""CloudFormation's AWS::ImageBuilder::DistributionConfiguration.

An update keeps the ARN; a change of the name replaces. Source: CloudFormation template reference.
"""

from typing import Any

from ministack.services.cloudformation import provisioners

from local_aws.image_builder.errors import ServiceError
from local_aws.image_builder.store import new_identifier
from local_aws.ministack_adapter.builders import Builders
from local_aws.patching import existing

_TYPE = "AWS::ImageBuilder::DistributionConfiguration"
# CloudFormation writes the members of the API with a capital, except for this one, which it calls otherwise.
_RENAMED = {"LaunchPermissionConfiguration": "launchPermission"}
_TAG_MAPS = frozenset({"AmiTags", "Tags"})

Properties = dict[str, Any]


def to_api(value: Any) -> Any:
    """A value of a template as the API names it."""
    if isinstance(value, list):
        return [to_api(item) for item in value]
    if not isinstance(value, dict):
        return value
    for name in value:
        # A Python app that fills in the CDK's struct gets here: the property is JSON, so its names stay as
        # they are.
        if not name[:1].isupper():
            raise ValueError(f"Properties validation failed: extraneous key [{name}] is not permitted")
    return {
        _RENAMED.get(name, name[:1].lower() + name[1:]): held if name in _TAG_MAPS else to_api(held)
        for name, held in value.items()
    }


def install(builders: Builders) -> None:
    """Register the resource type."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        answer = builders.current().call(
            "CreateDistributionConfiguration", **to_api(properties), clientToken=new_identifier()
        )
        return _made(answer["distributionConfigurationArn"], properties)

    def update(arn: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        if old.get("Name") != new.get("Name"):
            return create("", new, stack_name)
        image_builder = builders.current()
        kept = {name: value for name, value in to_api(new).items() if name not in ("name", "tags")}
        image_builder.call(
            "UpdateDistributionConfiguration",
            **kept,
            distributionConfigurationArn=arn,
            clientToken=new_identifier(),
        )
        _retag(builders, arn, old.get("Tags") or {}, new.get("Tags") or {})
        return _made(arn, new)

    def delete(arn: str, properties: Properties) -> None:
        try:
            builders.current().call("DeleteDistributionConfiguration", distributionConfigurationArn=arn)
        except ServiceError as error:
            # What was deleted by hand is no failure to CloudFormation.
            if error.code != "ResourceNotFoundException":
                raise

    existing(provisioners, "_RESOURCE_HANDLERS")[_TYPE] = {
        "create": create,
        "update": update,
        "delete": delete,
    }


def _retag(builders: Builders, arn: str, old: dict[str, str], new: dict[str, str]) -> None:
    gone = [key for key in old if key not in new]
    if gone:
        builders.current().call("UntagResource", resourceArn=arn, tagKeys=gone)
    if new:
        builders.current().call("TagResource", resourceArn=arn, tags=new)


def _made(arn: str, properties: Properties) -> tuple[str, Properties]:
    return arn, {"Arn": arn, "Name": properties.get("Name", "")}
