"""A stack's distributions, from CloudFormation: its resources, and its template for names and timeouts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .errors import NotFound, reading
from .names import construct_name

if TYPE_CHECKING:
    from .aws import Aws

DISTRIBUTION = "Custom::ImageDistribution"
WAIT = "Custom::ImageDistributionWait"
_CONFIGURATION = "AWS::ImageBuilder::DistributionConfiguration"
_NESTED_STACK = "AWS::CloudFormation::Stack"

# The operation's own work is done; what is left is to delete what it replaced.
_DONE = ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")


@dataclass(frozen=True)
class Resource:
    """A resource of a stack.

    Attributes:
        physical_id: Its physical id, empty before it has one.
        reason: Why it has its status, or nothing.
        updated: When it got it, seconds since the epoch.
    """

    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str
    updated: float

    @property
    def failed(self) -> bool:
        """Whether its creation or update failed."""
        return self.status in ("CREATE_FAILED", "UPDATE_FAILED")


@dataclass(frozen=True)
class Stack:
    """A stack, and its resources if they were read.

    Attributes:
        id: Its ARN.
        began: When its last operation began, seconds since the epoch.
    """

    id: str
    name: str
    status: str
    began: float

    @property
    def exists(self) -> bool:
        """Whether it has resources: a change set that is not executed yet makes a stack without any."""
        return self.status != "REVIEW_IN_PROGRESS"

    @property
    def in_progress(self) -> bool:
        """Whether an operation on it goes on."""
        return self.exists and self.status.endswith("_IN_PROGRESS") and self.status not in _DONE

    @property
    def is_leaving(self) -> bool:
        """Whether it rolls back, or is deleted: nothing starts any more."""
        return "ROLLBACK" in self.status or "DELETE" in self.status


@dataclass(frozen=True)
class Member:
    """A distribution of a stack, as CloudFormation knows it.

    Attributes:
        stack_id: ARN of its stack, which may be a nested one.
        name: Its path of construct ids in the stack, or its logical id.
        resource: Its resource, None before CloudFormation began with it.
        wait_ids: The logical ids of the parts of its wait.
        waits: Those parts that CloudFormation has; a rollback deletes them.
        timeout: The seconds that all parts of its wait last, None if the deployment does not wait.
        configuration_arn: ARN of its distribution configuration, empty if it is not known yet.
    """

    stack_id: str
    logical_id: str
    name: str
    resource: Resource | None
    wait_ids: tuple[str, ...]
    waits: tuple[Resource, ...]
    timeout: float | None
    configuration_arn: str

    @property
    def image_arn(self) -> str:
        """ARN of its image, empty before the distribution has started."""
        physical_id = self.resource.physical_id if self.resource else ""
        # A failed Create has its client token as id.
        return physical_id if ":image/" in physical_id else ""


class StackReader:
    """Reads a stack, its resources and, once for each status of the stack, its template."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._templates: dict[tuple[str, str], Mapping[str, Any]] = {}

    def stack(self, name: str) -> Stack | None:
        """Return a stack by its name or ARN, None if there is none.

        Raises:
            Unread: CloudFormation did not answer.
        """
        try:
            with reading(f"Reading the stack {name}"):
                (found,) = self._aws.cloudformation.describe_stacks(StackName=name)["Stacks"]
        except NotFound:
            return None
        began: datetime = found.get("LastUpdatedTime") or found["CreationTime"]
        return Stack(found["StackId"], found["StackName"], found["StackStatus"], began.timestamp())

    def members(self, stack: Stack) -> list[Member]:
        """Return the distributions of a stack and of its nested stacks.

        Raises:
            Unread: CloudFormation did not answer.
        """
        resources = self.resources(stack.id)
        template = self._template(stack)
        found = [*_members(stack, template, resources)]
        for resource in resources.values():
            if resource.type == _NESTED_STACK and resource.physical_id:
                nested = self.stack(resource.physical_id)
                found += self.members(nested) if nested is not None else []
        return found

    def resources(self, stack_id: str) -> dict[str, Resource]:
        """Return the resources of a stack by their logical ids: a call for every hundred of them.

        Raises:
            Unread: CloudFormation did not answer.
        """
        with reading(f"Reading the resources of {stack_id}"):
            pages = self._aws.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_id)
            summaries = [summary for page in pages for summary in page["StackResourceSummaries"]]
        return {
            summary["LogicalResourceId"]: Resource(
                summary["LogicalResourceId"],
                summary.get("PhysicalResourceId", ""),
                summary["ResourceType"],
                summary["ResourceStatus"],
                summary.get("ResourceStatusReason", ""),
                summary["LastUpdatedTimestamp"].timestamp(),
            )
            for summary in summaries
        }

    def failure_reasons(self, stack: Stack) -> dict[str, str]:
        """Return why resources failed in the stack's last operation, by logical id, from its events.

        Raises:
            Unread: CloudFormation did not answer.
        """
        reasons: dict[str, str] = {}
        with reading(f"Reading the events of {stack.name}"):
            for page in self._aws.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack.id):
                for event in page["StackEvents"]:
                    if event["Timestamp"].timestamp() < stack.began:
                        return reasons
                    if event.get("ResourceStatus") in ("CREATE_FAILED", "UPDATE_FAILED"):
                        reasons[event["LogicalResourceId"]] = event.get("ResourceStatusReason", "")
        return reasons

    def _template(self, stack: Stack) -> Mapping[str, Any]:
        key = (stack.id, stack.status)
        if key not in self._templates:
            with reading(f"Reading the template of {stack.name}"):
                body: Any = self._aws.cloudformation.get_template(StackName=stack.id)["TemplateBody"]
            self._templates[key] = json.loads(body) if isinstance(body, str) else body
        return self._templates[key]


def _members(stack: Stack, template: Mapping[str, Any], resources: Mapping[str, Resource]) -> Iterator[Member]:
    declared: Mapping[str, Mapping[str, Any]] = template.get("Resources", {})
    ids = {logical_id for logical_id, item in declared.items() if item["Type"] == DISTRIBUTION}
    ids |= {logical_id for logical_id, resource in resources.items() if resource.type == DISTRIBUTION}
    for logical_id in sorted(ids):
        waits = {
            wait_id: item["Properties"]
            for wait_id, item in declared.items()
            if item["Type"] == WAIT and item["Properties"].get("ImageArn") == {"Fn::GetAtt": [logical_id, "ImageArn"]}
        }
        yield Member(
            stack_id=stack.id,
            logical_id=logical_id,
            name=construct_name(declared.get(logical_id, {}), logical_id, stack.name),
            resource=resources.get(logical_id),
            wait_ids=tuple(waits),
            waits=tuple(resources[wait_id] for wait_id in waits if wait_id in resources),
            timeout=sum(float(properties["Seconds"]) for properties in waits.values()) if waits else None,
            configuration_arn=_configuration_arn(declared.get(logical_id, {}), resources),
        )


def _configuration_arn(declared: Mapping[str, Any], resources: Mapping[str, Resource]) -> str:
    value = declared.get("Properties", {}).get("DistributionConfigurationArn", "")
    if isinstance(value, str):
        return value
    named = value.get("Ref") or (value.get("Fn::GetAtt") or [""])[0]
    resource = resources.get(named)
    return resource.physical_id if resource is not None and resource.type == _CONFIGURATION else ""
