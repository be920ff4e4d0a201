"""An AWS in the process: boto3 clients that lists and dictionaries answer, in the forms of AWS's own answers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cache
from typing import Any

import boto3
import botocore.session

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
REGION = "eu-west-1"
START = 1_800_000_000.0


def moment(seconds: float) -> datetime:
    """Return a time as botocore does."""
    return datetime.fromtimestamp(seconds, timezone.utc)


class Refused(Exception):
    """An error of the service."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass
class FakeStack:
    """A stack, with the summaries of its resources by their logical ids."""

    name: str
    status: str
    template: dict[str, Any]
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    created: float = START
    updated: float | None = None

    @property
    def id(self) -> str:
        """Its ARN."""
        return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self.name}/0a1b2c3d"

    def put(
        self, logical_id: str, type: str, status: str, physical_id: str = "", reason: str = "", at: float = START
    ) -> None:
        """Set a resource."""
        summary = {"LogicalResourceId": logical_id, "ResourceType": type, "ResourceStatus": status}
        summary |= {"PhysicalResourceId": physical_id} if physical_id else {}
        summary |= {"ResourceStatusReason": reason} if reason else {}
        self.resources[logical_id] = {**summary, "LastUpdatedTimestamp": moment(at)}


@dataclass
class FakeAws:
    """The account.

    Attributes:
        answers: What other operations answer, by service and operation; a function takes the Region and the parameters.
        refused: The errors that operations answer with, by operation.
        calls: Every call: service, operation, Region, parameters.
    """

    stacks: list[FakeStack] = field(default_factory=list)
    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    configurations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    amis: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    snapshots: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answers: dict[str, Callable[[str, dict[str, Any]], Mapping[str, Any]]] = field(default_factory=dict)
    refused: dict[str, Refused] = field(default_factory=dict)
    calls: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def session(self, profile: str | None = None, region: str | None = REGION) -> boto3.Session:
        """Return a session whose clients this account answers."""
        _current[:] = [self]
        return _session(region)

    @property
    def operations(self) -> Counter[str]:
        """How often each operation was called."""
        return Counter(operation for _, operation, _, _ in self.calls)

    def answer(self, service: str, operation: str, region: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        """Answer one call."""
        with self._lock:
            self.calls.append((service, operation, region, parameters))
            if operation in self.refused:
                raise self.refused[operation]
            if operation in self.answers:
                return self.answers[operation](region, parameters)
            handler: Callable[[str, dict[str, Any]], Mapping[str, Any]] = getattr(self, f"_{operation}")
            return handler(region, parameters)

    def stack(self, name: str) -> FakeStack:
        """Return a stack by its name or id."""
        found = next((it for it in self.stacks if name == it.id or (name == it.name and it.status != "DELETED")), None)
        if found is None:
            raise Refused("ValidationError", f"Stack with id {name} does not exist")
        return found

    def _GetCallerIdentity(self, region: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        return {"Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Platform/someone", "Account": ACCOUNT}

    def _AssumeRole(self, region: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        return {"Credentials": {"AccessKeyId": "other", "SecretAccessKey": "s", "SessionToken": "t"}}

    def _DescribeStacks(self, region: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        stack = self.stack(parameters["StackName"])
        found = {
            "StackId": stack.id,
            "StackName": stack.name,
            "StackStatus": stack.status,
            "CreationTime": moment(stack.created),
        }
        return {"Stacks": [found | ({"LastUpdatedTime": moment(stack.updated)} if stack.updated else {})]}

    def _ListStackResources(self, region: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        summaries = list(self.stack(parameters["StackName"]).resources.values())
        return page("StackResourceSummaries", summaries, "NextToken", parameters.get("NextToken"), 100)

    def _GetTemplate(self, region: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        return {"TemplateBody": self.stack(parameters["StackName"]).template}

    def _DescribeStackEvents(self, region: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        return {"StackEvents": self.stack(parameters["StackName"]).events}

    def _GetImage(self, region: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        arn = parameters["imageBuildVersionArn"]
        if arn not in self.images:
            raise Refused(
                "ResourceNotFoundException", f"The following required resource 'Image' cannot be found: '{arn}'"
            )
        return {"image": {"arn": arn, **self.images[arn]}}

    def _RetryImage(self, region: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        return {"imageBuildVersionArn": parameters["imageBuildVersionArn"]}

    def _GetDistributionConfiguration(self, region: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        arn = parameters["distributionConfigurationArn"]
        if arn not in self.configurations:
            raise Refused("ResourceNotFoundException", f"{arn} cannot be found")
        return {"distributionConfiguration": {"distributions": self.configurations[arn], "timeoutMinutes": 360}}

    def _GetResources(self, region: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        (tag,) = parameters["TagFilters"]
        found = [
            {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in image["tags"].items()]}
            for arn, image in self.images.items()
            if tag["Key"] in image.get("tags", {})
        ]
        return page("ResourceTagMappingList", found, "PaginationToken", parameters.get("PaginationToken"), 100)

    def _DescribeImages(self, region: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        return {
            "Images": [
                ami for ami in self.amis.get(region, []) if all(_matches(ami, it) for it in _filters(parameters))
            ]
        }

    def _DescribeSnapshots(self, region: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        found = self.snapshots.get(region, [])
        return {"Snapshots": [it for it in found if all(_matches(it, wanted) for wanted in _filters(parameters))]}


def page(key: str, items: list[Any], token_key: str, token: str | None, size: int) -> dict[str, Any]:
    """Return one page of a list, with the token of the next one."""
    start = int(token or 0)
    more = {token_key: str(start + size)} if start + size < len(items) else {}
    return {key: items[start : start + size], **more}


def _filters(parameters: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for item in parameters.get("Filters", []):
        assert 0 < len(item["Values"]) <= 200, "EC2 takes 200 values"
        yield item["Name"], item["Values"]


def _matches(item: Mapping[str, Any], wanted: tuple[str, list[str]]) -> bool:
    name, values = wanted
    if name.startswith("tag:"):
        return any(tag["Key"] == name[4:] and tag["Value"] in values for tag in item.get("Tags", []))
    return item[{"image-id": "ImageId", "snapshot-id": "SnapshotId", "state": "State"}[name]] in values


_current: list[FakeAws] = []


class _Session(boto3.Session):
    """A session that makes each client once: making one takes longer than a hundred calls."""

    def client(self, service: str, **arguments: Any) -> Any:  # type: ignore[override]
        """Return the client of a service in a Region."""
        key = (service, self.region_name, arguments.get("region_name"), arguments.get("aws_access_key_id"))
        if key not in _clients:
            _clients[key] = super().client(service, **arguments)  # type: ignore[call-overload]
        return _clients[key]


_clients: dict[tuple[str | None, ...], Any] = {}


@cache
def _session(region: str | None) -> boto3.Session:
    core: Any = botocore.session.Session()
    core.register("provide-client-params", _keep)
    core.register("before-call", _respond)
    return _Session("key", "secret", region_name=region, botocore_session=core)


def _keep(*, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    context["parameters"] = dict(params)


def _respond(*, model: Any, context: dict[str, Any], **_: Any) -> tuple[Any, Mapping[str, Any]]:
    service = model.service_model.service_name
    try:
        answer = _current[0].answer(service, model.name, context["client_region"], context["parameters"])
        parsed = {**answer, "ResponseMetadata": {"HTTPStatusCode": 200}}
    except Refused as refused:
        error = {"Code": refused.code, "Message": refused.message}
        parsed = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return type("Http", (), {"status_code": parsed["ResponseMetadata"]["HTTPStatusCode"]}), parsed
