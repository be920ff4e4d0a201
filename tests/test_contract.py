"""The construct and the handler share no code: the template's properties meet the handler, its answer the template."""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from botocore import xform_name

import cdk_image_distribution_handler
from cdk_image_distribution_handler import polling_rule
from cdk_image_distribution_handler.index import OPERATIONS as HANDLED
from local_aws.image_builder import Outcome, RegionFailure
from local_aws.image_builder.model import service_model
from simulated_aws import CONFIGURATION_ARN, OTHER_ACCOUNT, ROLE_ARN, SOURCE_AMI, STACK_ID, SimulatedAccount
from tools.service_model import OPERATIONS

from .construct.stacks import all_arguments, amis_deleted, six_hours
from .handler import steps
from .handler.conftest import account

__all__ = ["account"]

# What CloudFormation puts for the references of the stack with all arguments.
DEPLOYED = {
    "Configuration": CONFIGURATION_ARN,
    "Role1ABCC5F0": ROLE_ARN,
    "ImageDistributionProvider": "arn:function",
    "DistributionExecutionRole": ROLE_ARN,
}


@pytest.fixture
def template() -> dict[str, Any]:
    """The template of a stack with all arguments, and of one that asks for AMIs and deletes them."""
    stack = cdk.Stack(cdk.App(), "Golden", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    distribution = all_arguments(stack)
    cdk.CfnOutput(stack, "ImageArn", value=distribution.image_arn)
    cdk.CfnOutput(stack, "Ami", value=distribution.ami_id("us-east-1"))
    cdk.CfnOutput(stack, "OtherAmi", value=distribution.ami_id("us-east-1", OTHER_ACCOUNT))
    return dict(Template.from_stack(stack).to_json())


def deployed(value: Any, attributes: dict[str, dict[str, str]]) -> Any:
    """Return a template's value as CloudFormation sends it to a custom resource: strings all the way.

    Args:
        value: The value in the template.
        attributes: What custom resources have answered so far, by logical id.
    """
    if isinstance(value, dict) and list(value) == ["Fn::GetAtt"]:
        name, attribute = value["Fn::GetAtt"]
        if name in attributes:
            return attributes[name][attribute]
        return next(found for logical_id, found in DEPLOYED.items() if name.startswith(logical_id))
    if isinstance(value, dict) and list(value) == ["Ref"]:
        return "/images/golden" if value["Ref"].startswith("Log") else SOURCE_AMI
    if isinstance(value, dict):
        return {key: deployed(item, attributes) for key, item in value.items()}
    if isinstance(value, bool):
        return str(value).lower()
    return [deployed(item, attributes) for item in value] if isinstance(value, list) else str(value)


def custom_resources(template: dict[str, Any]) -> dict[str, Any]:
    """Return the custom resources of a template by their logical ids, in the order of their deployment."""
    found = [(id, found) for id, found in template["Resources"].items() if found["Type"].startswith("Custom::")]
    return dict(sorted(found, key=lambda item: str(item[1]["Type"])))


def documented(resource_type: str, kind: str) -> set[str]:
    """Return the first column of a table of the handler's contract: 'property' or 'attribute'."""
    contract = cdk_image_distribution_handler.__doc__ or ""
    (section,) = re.findall(rf"^{resource_type} .*?(?=^Custom::|\Z)", contract, re.M | re.S)
    (table,) = re.findall(rf"^\| {kind} \|.*\n\| ---.*\n((?:\|.*\n)+)", section, re.M)
    return set(re.findall(r"^\| (\w+)", table, re.M))


def attributes_read(template: dict[str, Any], logical_id: str) -> set[str]:
    """Return the attributes of a resource that the template asks for by Fn::GetAtt."""
    return set(re.findall(rf"\{{'Fn::GetAtt': \['{logical_id}', '([^']+)'\]\}}", str(template)))


def rendered(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the template of the fixture, one that deletes AMIs, and one with a chain of waits."""
    stacks = [cdk.Stack(cdk.App(), name) for name in ("Deleting", "Waiting")]
    amis_deleted(stacks[0])
    six_hours(stacks[1])
    return [template, *(dict(Template.from_stack(stack).to_json()) for stack in stacks)]


def test_handler_takes_the_properties_of_the_template_and_answers_its_attributes(
    template: dict[str, Any], account: SimulatedAccount
) -> None:
    """Template, event, handler, API model, answer, and every Fn::GetAtt of the template fit together."""
    account.amis.parameters["/golden/ami"] = SOURCE_AMI
    attributes: dict[str, dict[str, str]] = {}
    for logical_id, resource in custom_resources(template).items():
        properties = deployed(resource["Properties"], attributes)
        sent = account.request("Create", resource["Type"], LogicalResourceId=logical_id, ResourceProperties=properties)
        answer = account.operate(sent)
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        assert attributes_read(template, logical_id) == answer["Data"].keys()
        known = documented(resource["Type"], "attribute")
        assert {name.split(".")[0] for name in answer["Data"]} <= known
        attributes[logical_id] = answer["Data"]
    assert len(attributes) == 2


def test_rule_names_of_the_handler_are_those_that_the_template_allows(template: dict[str, Any]) -> None:
    """The permission and the policy name rules by AWS::StackId, the handler by the StackId of its event."""
    (permission,) = (found for found in template["Resources"].values() if found["Type"] == "AWS::Lambda::Permission")
    *_, before, stack_uuid, after = permission["Properties"]["SourceArn"]["Fn::Join"][1]
    assert stack_uuid == {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
    allowed = before.rpartition("/")[2] + STACK_ID.split("/")[2] + after
    assert allowed == polling_rule.prefix(STACK_ID) + "*"


def test_properties_of_the_template_are_in_the_contract(template: dict[str, Any]) -> None:
    """A property that the handler does not know would be ignored in silence."""
    written: dict[str, set[str]] = {}
    for one in rendered(template):
        for resource in custom_resources(one).values():
            # CloudFormation's own two are for it, not for the handler.
            names = resource["Properties"].keys() - {"ServiceToken", "ServiceTimeout"}
            written.setdefault(resource["Type"], set()).update(names)
    assert len(written) == 2
    for resource_type, names in written.items():
        assert names == documented(resource_type, "property")


def test_properties_that_operations_read_are_those_of_the_contract() -> None:
    """A polled call gets only the properties that its operation reads."""
    read: dict[str, set[str]] = {}
    for (resource_type, _), operation in HANDLED.items():
        read.setdefault(resource_type, set()).update(operation.reads)
    for resource_type, names in read.items():
        assert names == documented(resource_type, "property")


def test_handler_ends_before_the_service_timeout(template: dict[str, Any]) -> None:
    """Each operation has five minutes between its deadline and CloudFormation's timeout, which gives no reason."""
    for one in rendered(template):
        for resource in custom_resources(one).values():
            properties = resource["Properties"]
            operations = [found for (kind, _), found in HANDLED.items() if kind == resource["Type"]]
            assert len(operations) == 3
            for operation in operations:
                assert int(properties["ServiceTimeout"]) - operation.seconds(properties) >= 300


def test_function_is_allowed_what_the_handler_calls() -> None:
    """The operations in the handler's source, the asset's model and the policy are the same."""
    folder = resources.files(cdk_image_distribution_handler)
    source = "".join(path.read_text() for path in folder.iterdir() if path.name.endswith(".py"))
    methods = {xform_name(name): name for name in service_model().operation_names}
    assert {operation for method, operation in methods.items() if f".{method}(" in source} == set(OPERATIONS)


def test_policy_has_every_operation_of_the_packed_model() -> None:
    """The policy has every operation of the model that the function ships with."""
    stack = cdk.Stack(cdk.App(), "Deleting")
    amis_deleted(stack)
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    statements = [found for policy in policies for found in policy["Properties"]["PolicyDocument"]["Statement"]]
    allowed = {action for found in statements for action in [found["Action"]] if isinstance(action, str)}
    allowed |= {action for found in statements if isinstance(found["Action"], list) for action in found["Action"]}
    assert {f"imagebuilder:{operation}" for operation in OPERATIONS} <= allowed


def resolved(value: Any) -> Any:
    """Return a value of a template with the references that the function's policy has."""
    pseudo = {
        "Partition": "aws",
        "Region": "eu-west-1",
        "AccountId": "123456789012",
        "StackId": STACK_ID,
        "StackName": STACK_ID.split("/")[1],
    }
    if isinstance(value, list):
        return [resolved(item) for item in value]
    if not isinstance(value, dict):
        return value
    arguments: Any = resolved(next(iter(value.values()), None))
    match next(iter(value), ""):
        case "Ref":
            return pseudo[arguments.removeprefix("AWS::")]
        case "Fn::Join":
            return arguments[0].join(arguments[1])
        case "Fn::Split":
            return arguments[1].split(arguments[0])
        case "Fn::Select":
            return arguments[1][int(arguments[0])]
        case "Fn::GetAtt":
            return f"arn:of:{arguments[0]}"
        case _:
            return {key: resolved(item) for key, item in value.items()}


def function_policy(template: dict[str, Any]) -> dict[str, Any]:
    """Return the policy document of the function's role."""
    found = template["Resources"].values()
    (role,) = (one["Properties"]["Role"]["Fn::GetAtt"][0] for one in found if one["Type"] == "AWS::Lambda::Function")
    policies = [one["Properties"] for one in found if one["Type"] == "AWS::IAM::Policy"]
    statements = [
        statement
        for policy in policies
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    return dict(resolved({"Statement": statements}))


@pytest.mark.parametrize("course", ["a whole life", "an update without an answer", "a create cut off"])
def test_function_policy_allows_each_call_of_the_handler(account: SimulatedAccount, course: str) -> None:
    """IAM denies none of the calls that the handler makes for the stack's own images."""
    stack = cdk.Stack(cdk.App(), "Golden")
    amis_deleted(stack)
    account.permissions.put("function", function_policy(dict(Template.from_stack(stack).to_json())))
    role = f"arn:aws:iam::123456789012:role/cdk-image-distribution/eu-west-1/{STACK_ID.split('/')[1]}/Role"
    amis = {"ExecutionRole": role, "LifecycleRole": role, "AutoDeleteAmis": "true"}
    before: dict[str, Any] = {**amis, "Tags": {"Old": "1"}}
    wanted: dict[str, Any] = {**amis, "Revision": "2", "Tags": {"New": "1"}}
    if course == "a create cut off":
        account.on_answer = lambda answer: None
    account.builder.script.outcomes.append(Outcome(distributing=100))
    arn = steps.created(account, **before)
    if course == "a whole life":
        steps.waited(account, arn)
        assert steps.updated(account, arn, {**before, "Tags": {"New": "1"}}, before) == arn
        new = steps.updated(account, arn, wanted, {**before, "Tags": {"New": "1"}})
        steps.deleted(account, arn, **before)
        steps.deleted(account, new, **wanted)
    elif course == "an update without an answer":
        account.fail("DistributeImage", lost=True)
        account.fail("DistributeImage", "ResourceInUseException")
        assert steps.update(account, arn, wanted, before)["Status"] == "FAILED"
        steps.updated(account, arn, before, wanted, steps.ROLLBACK)
        steps.deleted(account, arn, **before)
    else:
        steps.deleted(account, "Golden-Distribution830FAC52-1A2B3C4D", "ROLLBACK_IN_PROGRESS", **before)
    denied = {call.operation for call in account.services.calls if "Denied" in call.outcome or "Unauth" in call.outcome}
    assert denied == set()
    account.settle()
    assert steps.is_clean(account)


def test_parts_of_a_wait_share_their_retries_as_the_template_says(account: SimulatedAccount) -> None:
    """Each part's `Retried` refers to the part before; the properties of each answer what the next one reads."""
    stack = cdk.Stack(cdk.App(), "Waiting")
    six_hours(stack)
    template = dict(Template.from_stack(stack).to_json())
    failure = RegionFailure("us-east-1", "InternalError: try again.")
    failing = Outcome(distributing=3000, failures=(failure,))
    account.builder.script.outcomes += [failing, failing, Outcome(distributing=3000)]
    attributes: dict[str, dict[str, str]] = {}
    parts = custom_resources(template)
    for logical_id, resource in sorted(parts.items(), key=lambda part: str(part[1]["Properties"].get("Segment", ""))):
        properties = deployed(resource["Properties"], attributes)
        sent = account.request("Create", resource["Type"], LogicalResourceId=logical_id, ResourceProperties=properties)
        answer = account.operate(sent)
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        attributes[logical_id] = answer["Data"]
    assert [found["Retried"] for found in attributes.values() if "Retried" in found] == ["1", "2", "2", "2", "2", "2"]
    assert len(account.calls("RetryImage")) == 2
    (end,) = (event for event in account.event_bridge.put if event["DetailType"].endswith("Available"))
    assert end["Detail"]["logical-resource-id"] in parts
