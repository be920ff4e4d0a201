"""The two halves share no code; here the template's properties meet the handler, and its answer the template."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import crhelper.utils
import pytest
from aws_cdk.assertions import Template
from botocore.stub import Stubber

import cdk_image_distribution_handler
from cdk_image_distribution.service_model import OPERATIONS
from cdk_image_distribution_handler import clients
from cdk_image_distribution_handler.index import handler

from .construct.stacks import all_arguments
from .handler.cloudformation import CONFIGURATION_ARN, IMAGE_ARN, ROLE_ARN, Answers, Context, event

# What CloudFormation would put for the references of the stack with all arguments.
DEPLOYED = {"Configuration": CONFIGURATION_ARN, "Role1ABCC5F0": ROLE_ARN, "ImageDistributionProvider": "arn:function"}


@pytest.fixture
def template() -> dict[str, Any]:
    """The template of the stack with all arguments."""
    stack = cdk.Stack(cdk.App(), "Golden", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    distribution = all_arguments(stack)
    cdk.CfnOutput(stack, "ImageArn", value=distribution.image_arn)
    return dict(Template.from_stack(stack).to_json())


def deployed(value: Any) -> Any:
    """Return a template's value as CloudFormation sends it to a custom resource: strings all the way."""
    if isinstance(value, dict) and list(value) == ["Fn::GetAtt"]:
        name = value["Fn::GetAtt"][0]
        return next(found for logical_id, found in DEPLOYED.items() if name.startswith(logical_id))
    if isinstance(value, dict) and list(value) == ["Ref"]:
        return "/images/golden" if value["Ref"].startswith("Log") else "ami-0123456789abcdef0"
    if isinstance(value, dict):
        return {key: deployed(item) for key, item in value.items()}
    if isinstance(value, bool):
        return str(value).lower()
    return [deployed(item) for item in value] if isinstance(value, list) else str(value)


def custom_resources(template: dict[str, Any]) -> dict[str, Any]:
    """Return the custom resources of a template by their logical ids."""
    return {id: found for id, found in template["Resources"].items() if found["Type"].startswith("Custom::")}


def documented(kind: str) -> set[str]:
    """Return the first column of a table of the handler's contract: 'property' or 'attribute'."""
    tables = re.findall(
        rf"^\| {kind} \|.*\n\| ---.*\n((?:\|.*\n)+)", cdk_image_distribution_handler.__doc__ or "", re.M
    )
    assert tables
    return {name for table in tables for name in re.findall(r"^\| (\w+)", table, re.M)}


def attributes_read(template: dict[str, Any], logical_id: str) -> set[str]:
    """Return the attributes of a resource that the template asks for by Fn::GetAtt."""
    found = re.findall(rf"\{{'Fn::GetAtt': \['{logical_id}', '([^']+)'\]\}}", str(template))
    return set(found)


def test_the_handler_takes_the_properties_of_the_template_and_returns_its_attributes(
    template: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Template → event → handler → API model → answer → every Fn::GetAtt of the template."""
    answers = Answers()
    monkeypatch.setattr(crhelper.utils, "HTTPSConnection", answers.connection)
    ((logical_id, resource),) = custom_resources(template).items()
    create = event(
        "Create",
        ResourceType=resource["Type"],
        LogicalResourceId=logical_id,
        ResourceProperties=deployed(resource["Properties"]),
    )
    with Stubber(clients.image_builder()) as stubber:
        stubber.add_response("distribute_image", {"clientToken": "token", "imageBuildVersionArn": IMAGE_ARN})
        handler(create, Context())
    assert answers.only["Status"] == "SUCCESS", answers.only["Reason"]
    wanted = attributes_read(template, logical_id)
    assert wanted
    assert wanted <= answers.only["Data"].keys()
    assert answers.only["Data"].keys() <= documented("attribute")


def test_every_property_of_the_template_is_in_the_contract(template: dict[str, Any]) -> None:
    """A property that the handler does not know would be ignored in silence."""
    for resource in custom_resources(template).values():
        # CloudFormation's own two are for it, not for the handler.
        assert resource["Properties"].keys() - {"ServiceToken", "ServiceTimeout"} == documented("property")


def test_the_function_is_allowed_what_the_handler_calls() -> None:
    """The operations in the handler's source, the asset's model and the policy are the same."""
    source = "".join(path.read_text() for path in cdk_image_distribution_handler_files())
    methods = clients.image_builder().meta.method_to_api_mapping
    called = {operation for method, operation in methods.items() if f".{method}(" in source}
    assert called == set(OPERATIONS)


def cdk_image_distribution_handler_files() -> list[Any]:
    """Return the handler's source files."""
    from importlib import resources

    return [path for path in resources.files(cdk_image_distribution_handler).iterdir() if path.name.endswith(".py")]
