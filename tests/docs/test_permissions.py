"""docs/permissions.md lists every action that the templates allow, and no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template
from botocore.session import Session

from cdk_image_distribution import ImageDistribution, ImageDistributionProvider
from cdk_image_distribution_handler import ownership_tags

from .pages import codes, page

_ACTION = re.compile(r"[a-z0-9]+:[A-Z]\w+")
_OTHER_ACCOUNT = "210987654321"


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """A stack whose distribution has need of everything: keys, parameters, launch templates, accounts, a VPC."""
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    configuration = imagebuilder.CfnDistributionConfiguration(
        stack,
        "Configuration",
        name="golden",
        distributions=[
            {
                "region": "eu-west-1",
                "amiDistributionConfiguration": {
                    "Name": "golden-{{ imagebuilder:buildDate }}",
                    "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
                    "TargetAccountIds": ["123456789012", _OTHER_ACCOUNT],
                },
                "ssmParameterConfigurations": [{"parameterName": "/golden/ami"}],
                "launchTemplateConfigurations": [{"launchTemplateId": "lt-0123456789abcdef0"}],
            }
        ],
    )
    ImageDistribution(
        stack,
        "Distribution",
        source_image="ssm:/golden/ami",
        distribution_configuration=configuration,
        log_group=logs.LogGroup(stack, "Log"),
        auto_delete_amis=True,
        provider=ImageDistributionProvider(
            stack, "Provider", vpc=ec2.Vpc(stack, "Vpc", restrict_default_security_group=False)
        ),
    )
    return dict(Template.from_stack(stack).to_json())


def documents(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the policy documents of a role or a policy."""
    properties = resource["Properties"]
    yield from (policy["PolicyDocument"] for policy in properties.get("Policies", []))
    if "PolicyDocument" in properties:
        yield properties["PolicyDocument"]


def actions_of(template: dict[str, Any], role: str) -> set[str]:
    """Return what a role may do beyond AWS's managed policies, by a pattern for the beginning of the logical ids."""
    resources = [resource for id, resource in template["Resources"].items() if re.match(role, id)]
    statements = [statement for it in resources for document in documents(it) for statement in document["Statement"]]
    listed = [[found] if isinstance(found, str) else found for found in (it["Action"] for it in statements)]
    return {action for actions in listed for action in actions}


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("The function's role", "ProviderRole|ProviderGetParameter|ProviderPassRole"),
        ("The execution role", "DistributionExecutionRole"),
    ],
)
def test_every_action_of_a_role_is_listed(template: dict[str, Any], heading: str, role: str) -> None:
    """Both ways: an action that is missing on the page, and one that the role does not have."""
    tables = [table for table in page("docs/permissions.md").tables if table.heading == heading]
    listed = {code for table in tables for row in table.rows for code in codes(row[0])}
    assert listed == actions_of(template, role)


def test_the_managed_policies_are_named(template: dict[str, Any]) -> None:
    """Each policy of AWS's that a role has is on the page."""
    attached = set(re.findall(r":iam::aws:policy/([\w/-]+)", str(template)))
    assert attached == {"EC2ImageBuilderExecutionPolicy", "service-role/EC2ImageBuilderLifecycleExecutionPolicy"}
    assert attached <= set(page("docs/permissions.md").code)


def test_what_looks_like_an_action_is_one(template: dict[str, Any]) -> None:
    """No action in a table is misspelt, and none has a wildcard."""
    rows = [row for table in page("docs/permissions.md").tables for row in table.rows]
    assert all(_ACTION.fullmatch(code) for row in rows for code in codes(row[0]))
    used = str([document for it in template["Resources"].values() for document in documents(it)])
    assert not re.search(r"'[a-z0-9]+:\w*\*'", used)


def test_service_control_policy_protects_the_ownership_tags() -> None:
    """The policy in the page is valid JSON, names real actions, and matches every ownership tag."""
    (fence,) = (fence for fence in page("docs/permissions.md").fences if fence.language == "json")
    (statement,) = json.loads(fence.code)["Statement"]
    pattern = statement["Condition"]["ForAnyValue:StringLike"]["aws:TagKeys"]
    assert pattern == ownership_tags.PREFIX + "*"
    operations = set(Session().get_service_model("imagebuilder").operation_names)
    assert {action.removeprefix("imagebuilder:") for action in statement["Action"]} <= operations
    stack = cdk.Stack(cdk.App(), "Stack")
    ImageDistributionProvider(stack, "ImageDistributionProvider")
    (role,) = Template.from_stack(stack).find_resources("AWS::IAM::Role")
    # CloudFormation keeps at least the first 22 characters of a logical id in the name of a role.
    allowed = statement["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    assert fnmatchcase(f"arn:aws:iam::123456789012:role/Stack-{role[:22]}-1A2B3C", allowed)
