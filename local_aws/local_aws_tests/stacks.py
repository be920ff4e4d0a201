"""Stacks without the CDK CLI, for what CloudFormation itself does: small templates, one function behind them all."""

import json
import time
import uuid
from typing import Any

from local_aws import LocalAws

# Answers as the properties say: Fail names the request type that fails, Silent the one that gets no answer, Slow the
# one that takes Seconds, Crash the one that raises twice, and Back the physical id that an Update answers with. With
# Observe, it prints what CloudFormation says of its stack and resource. What it printed is logged when it has ended.
_FUNCTION = """
import json, tempfile, time, urllib.error, urllib.request

def handler(event, context):
    if "ResponseURL" not in event:
        print("INVOKED")
        return
    kind, properties = event["RequestType"], event["ResourceProperties"]
    physical_id, stack = event.get("PhysicalResourceId"), event["StackId"].split("/")[1]
    resource = [time.time(), stack, event["LogicalResourceId"], kind]
    print("REQUEST " + json.dumps([*resource, physical_id, properties["Id"]]))
    if "Observe" in properties:
        import boto3
        client = boto3.client("cloudformation")
        described = client.describe_stacks(StackName=event["StackId"])["Stacks"][0]
        one = {"StackName": event["StackId"], "LogicalResourceId": event["LogicalResourceId"]}
        detail = client.describe_stack_resource(**one)["StackResourceDetail"]
        statuses = described["StackStatus"], detail["ResourceStatus"], detail.get("PhysicalResourceId", "")
        print("OBSERVED " + json.dumps([*resource, *statuses]))
    if kind == properties.get("Slow"):
        time.sleep(float(properties["Seconds"]))
    if kind == properties.get("Silent"):
        return
    if kind == properties.get("Crash"):
        with open(tempfile.gettempdir() + "/" + event["RequestId"], "a+") as attempts:
            attempts.write(".")
            if attempts.tell() < 3:
                raise RuntimeError("crashed")
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    answer["Status"] = "FAILED" if kind == properties.get("Fail") else "SUCCESS"
    answer["Reason"] = "as told"
    ids = {"Create": properties["Id"], "Update": properties.get("Back", properties["Id"]), "Delete": physical_id}
    answer["PhysicalResourceId"] = ids[kind]
    body = json.dumps(answer).encode()
    try:
        urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], data=body, method="PUT"))
    except urllib.error.HTTPError as refused:
        print("REFUSED " + json.dumps([*resource, refused.code]))
        if "Persistent" in properties:
            urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], data=body, method="PUT"))
"""
_TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
_FUNCTION_RESOURCES: "Resources" = {
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Statement": [_TRUST]},
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AWSCloudFormationReadOnlyAccess"],
        },
    },
    "Logs": {"Type": "AWS::Logs::LogGroup"},
    "Function": {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": "Role.Arn"},
            "Code": {"ZipFile": _FUNCTION},
            "Timeout": 60,
            "LoggingConfig": {"LogGroup": {"Ref": "Logs"}},
        },
    },
}

Resources = dict[str, dict[str, Any]]
_LOG_SECONDS = 0.4


class Stack:
    """A stack that a test creates, updates and looks at."""

    def __init__(self, aws: LocalAws, *, region: str | None = None, account: str | None = None) -> None:
        """Take a name of its own; nothing exists yet."""
        self.name = f"stack-{uuid.uuid4().hex[:8]}"
        self._cloudformation = aws.client("cloudformation", region, account)

    def create(self, resources: Resources, sections: dict[str, Any] | None = None, **options: Any) -> str:
        """Create it and return its status in the end."""
        self.begin(resources, sections, **options)
        return self.settled()

    def begin(self, resources: Resources, sections: dict[str, Any] | None = None, **options: Any) -> None:
        """Begin to create it."""
        self._cloudformation.create_stack(StackName=self.name, **_body(resources, sections or {}), **options)

    def update(self, resources: Resources, sections: dict[str, Any] | None = None, **options: Any) -> str:
        """Update it and return its status in the end."""
        self._cloudformation.update_stack(StackName=self.name, **_body(resources, sections or {}), **options)
        return self.settled()

    def delete(self) -> str:
        """Delete it and return its status in the end."""
        self.begin_deletion()
        return self.settled()

    def begin_deletion(self) -> None:
        """Begin to delete it."""
        self.name = self._describe()["StackId"]
        self._cloudformation.delete_stack(StackName=self.name)

    def physical_id(self, logical_id: str) -> str:
        """The physical id of a resource."""
        return str(self._resource(logical_id)["PhysicalResourceId"])

    def status_of(self, logical_id: str) -> str:
        """The status of a resource."""
        return str(self._resource(logical_id)["ResourceStatus"])

    @property
    def short_name(self) -> str:
        """Its name, also when it is deleted."""
        return self.name.split("/")[1] if self.name.startswith("arn:") else self.name

    def events(self) -> list[dict[str, Any]]:
        """The stack events, oldest first."""
        events: list[dict[str, Any]] = self._cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return events[::-1]

    def settled(self) -> str:
        """Wait until no operation runs, and return the status."""
        while True:
            status = str(self._describe()["StackStatus"])
            if not status.endswith("IN_PROGRESS"):
                return status
            time.sleep(0.05)

    def _resource(self, logical_id: str) -> dict[str, Any]:
        answer = self._cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        detail: dict[str, Any] = answer["StackResourceDetail"]
        return detail

    def _describe(self) -> dict[str, Any]:
        stack: dict[str, Any] = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        return stack


class Function:
    """The function behind the custom resources of all stacks, in a stack of its own."""

    def __init__(self, aws: LocalAws) -> None:
        """Create it."""
        stack = Stack(aws)
        assert stack.create(_FUNCTION_RESOURCES) == "CREATE_COMPLETE"
        name = stack.physical_id("Function")
        self.arn = str(aws.client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"])
        self._group = stack.physical_id("Logs")
        self._logs = aws.client("logs")

    def custom(self, identifier: str, **properties: Any) -> dict[str, Any]:
        """A custom resource with this physical id."""
        return {"Type": "Custom::Thing", "Properties": {"ServiceToken": self.arn, "Id": identifier, **properties}}

    def requests(self, stack: Stack, logical_id: str) -> list[tuple[str, str | None, str]]:
        """What CloudFormation asked for a resource, in order: request type, physical id, property Id."""
        return [(kind, held, wanted) for kind, held, wanted in self._printed("REQUEST", stack, logical_id)]

    def observed(self, stack: Stack, logical_id: str) -> list[tuple[str, str, str, str]]:
        """What CloudFormation said during each request: its type, the status of stack and resource, the physical id."""
        return [(kind, *statuses) for kind, *statuses in self._printed("OBSERVED", stack, logical_id)]

    def refused(self, stack: Stack, logical_id: str) -> list[tuple[str, int]]:
        """The request type and the HTTP status of each answer that was refused."""
        return [(kind, status) for kind, status in self._printed("REFUSED", stack, logical_id)]

    def invocations(self) -> int:
        """How often something else than CloudFormation invoked it."""
        return self._lines().count("INVOKED")

    def _printed(self, word: str, stack: Stack, logical_id: str) -> list[list[Any]]:
        """What the function printed after a word, in the order in which it was invoked."""
        lines: list[str] = []
        while (now := self._lines()) != lines:
            # What an invocation printed is logged some moments after it answered.
            lines = now
            time.sleep(_LOG_SECONDS)
        found = sorted(json.loads(line.removeprefix(f"{word} ")) for line in lines if line.startswith(f"{word} "))
        return [rest for _, name, resource, *rest in found if [name, resource] == [stack.short_name, logical_id]]

    def _lines(self) -> list[str]:
        pages = self._logs.get_paginator("filter_log_events").paginate(logGroupName=self._group)
        return [line for page in pages for event in page["events"] for line in event["message"].splitlines()]


def after(logical_id: str, resource: dict[str, Any]) -> dict[str, Any]:
    """A resource that is made once another one is there."""
    return {**resource, "DependsOn": logical_id}


def _body(resources: Resources, sections: dict[str, Any]) -> dict[str, Any]:
    return {"TemplateBody": json.dumps({"Resources": resources, **sections}), "Capabilities": ["CAPABILITY_IAM"]}
