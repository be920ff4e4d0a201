"""Stacks without the CDK CLI, for what CloudFormation itself does: small templates with an inline function."""

import json
import time
import uuid
from typing import Any

from local_aws import LocalAws

# Answers as the properties say: Fail names the request types that fail, Silent those that get no answer.
_FUNCTION = """
import json, urllib.request

def handler(event, context):
    if "ResponseURL" not in event:
        print("INVOKED")
        return
    kind, properties = event["RequestType"], event["ResourceProperties"]
    print("EVENT " + json.dumps([event["LogicalResourceId"], kind, event.get("PhysicalResourceId"), properties["Id"]]))
    if kind in properties.get("Silent", ""):
        return
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    answer["Status"] = "FAILED" if kind in properties.get("Fail", "") else "SUCCESS"
    answer["Reason"] = "as told"
    answer["PhysicalResourceId"] = event.get("PhysicalResourceId") if kind == "Delete" else properties["Id"]
    body = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], data=body, method="PUT"))
"""

Template = dict[str, Any]


def new_name(prefix: str = "stack") -> str:
    """A stack's name that no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def with_function(resources: Template) -> Template:
    """A template of these resources and a function `Fn` with its role and its log group `Logs`."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    function = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": "Role.Arn"},
        "Code": {"ZipFile": _FUNCTION},
        "LoggingConfig": {"LogGroup": {"Ref": "Logs"}},
    }
    return {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}},
        "Logs": {"Type": "AWS::Logs::LogGroup"},
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": function},
        **resources,
    }


def custom(identifier: str, after: str = "Fn", **properties: Any) -> Template:
    """A custom resource with this physical id."""
    token = {"ServiceToken": {"Fn::GetAtt": "Fn.Arn"}}
    return {"Type": "Custom::Thing", "DependsOn": after, "Properties": {**token, "Id": identifier, **properties}}


class Stack:
    """A stack that a test creates and updates."""

    def __init__(self, aws: LocalAws) -> None:
        """Take a name; nothing exists yet."""
        self.name = new_name()
        self._cloudformation = aws.client("cloudformation")
        self._logs = aws.client("logs")

    def create(self, resources: Template) -> str:
        """Create it and return its status in the end."""
        self._cloudformation.create_stack(StackName=self.name, **_body(resources))
        return self._settled()

    def update(self, resources: Template) -> str:
        """Update it and return its status in the end."""
        self._cloudformation.update_stack(StackName=self.name, **_body(resources))
        return self._settled()

    def delete(self) -> None:
        """Delete it."""
        identifier = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackId"]
        self._cloudformation.delete_stack(StackName=self.name)
        while self._status(identifier) == "DELETE_IN_PROGRESS":
            time.sleep(0.05)

    def physical_id(self, logical_id: str) -> str:
        """The physical id of a resource."""
        answer = self._cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return str(answer["StackResourceDetail"]["PhysicalResourceId"])

    def events(self) -> list[dict[str, Any]]:
        """The stack events, oldest first."""
        events: list[dict[str, Any]] = self._cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return events[::-1]

    def messages(self, group: str, prefix: str) -> list[str]:
        """What the function printed behind a prefix, from its log group."""
        events = self._logs.filter_log_events(logGroupName=group)["events"]
        lines = [line for event in events for line in event["message"].splitlines()]
        return [line.removeprefix(prefix).strip() for line in lines if line.startswith(prefix)]

    def requests(self, group: str, logical_id: str) -> list[tuple[Any, ...]]:
        """What CloudFormation asked for a custom resource: (request type, physical id, property Id)."""
        asked = [json.loads(message) for message in self.messages(group, "EVENT ")]
        return [tuple(rest) for name, *rest in asked if name == logical_id]

    def _settled(self) -> str:
        while True:
            status = self._status(self.name)
            if not status.endswith("IN_PROGRESS"):
                return status
            time.sleep(0.05)

    def _status(self, name: str) -> str:
        return str(self._cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])


def _body(resources: Template) -> dict[str, Any]:
    return {"TemplateBody": json.dumps({"Resources": resources}), "Capabilities": ["CAPABILITY_IAM"]}
