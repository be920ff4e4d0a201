"""CloudFormation refuses a template that cannot be deployed before it begins, and a change of an export in use."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws
from local_aws_tests.stacks import Stack

GROUP: dict[str, Any] = {"Type": "AWS::Logs::LogGroup"}


def parameter(value: Any, **attributes: Any) -> dict[str, Any]:
    """A resource with a value to refer from."""
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}, **attributes}


UNRESOLVED = "Template format error: Unresolved resource dependencies [{}] in the {} block of the template"


@pytest.mark.parametrize(
    ("resources", "outputs", "message"),
    [
        ({"A": parameter({"Ref": "None"})}, {}, UNRESOLVED.format("None", "Resources")),
        ({"A": parameter({"Fn::Sub": "${None}"})}, {}, UNRESOLVED.format("None", "Resources")),
        ({"A": parameter("v", DependsOn=["None"])}, {}, UNRESOLVED.format("None", "Resources")),
        ({"A": parameter("v")}, {"O": {"Value": {"Ref": "None"}}}, UNRESOLVED.format("None", "Outputs")),
        (
            {"A": parameter({"Fn::GetAtt": ["None", "Arn"]})},
            {},
            "Template error: instance of Fn::GetAtt references undefined resource None",
        ),
        (
            {"A": parameter({"Fn::GetAtt": "B.Nothing"}), "B": GROUP},
            {},
            "Template error: resource B does not support attribute type Nothing in Fn::GetAtt",
        ),
        (
            {"B": GROUP},
            {"O": {"Value": {"Fn::GetAtt": ["B", "Nothing"]}}},
            "Template error: resource B does not support attribute type Nothing in Fn::GetAtt",
        ),
        (
            {"A": parameter({"Fn::Sub": "${B.Nothing}"}), "B": GROUP},
            {},
            "Template error: instance of Fn::Sub references invalid resource attribute Nothing",
        ),
        (
            {"A": parameter({"Ref": "B"}), "B": parameter({"Ref": "C"}), "C": parameter({"Ref": "A"}), "D": GROUP},
            {},
            "Circular dependency between resources: [A, B, C]",
        ),
    ],
)
def test_template_that_cannot_be_deployed_is_refused(
    aws: LocalAws, stack: Stack, resources: dict[str, Any], outputs: dict[str, Any], message: str
) -> None:
    """CreateStack, a change set and UpdateStack refuse it alike, and nothing is made of it."""
    sections = {"Outputs": outputs} if outputs else {}
    cloudformation = aws.client("cloudformation")

    def refused(operation: Any, *arguments: Any, **options: Any) -> None:
        with pytest.raises(ClientError) as refusal:
            operation(*arguments, **options)
        assert refusal.value.response["Error"] == {"Type": "Sender", "Code": "ValidationError", "Message": message}

    refused(stack.create, resources, sections)
    body = {"TemplateBody": json.dumps({"Resources": resources, **sections})}
    refused(cloudformation.create_change_set, StackName=stack.name, ChangeSetName="c", ChangeSetType="CREATE", **body)
    with pytest.raises(ClientError, match="does not exist"):
        stack.events()
    stack.create({"Z": GROUP})
    refused(stack.update, resources, sections)
    assert stack.settled() == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    ("left", "right", "holds"),
    [
        ("", {"Fn::Join": ["", {"Ref": "None"}]}, True),
        ("a-b", {"Fn::Join": ["-", {"Ref": "Two"}]}, True),
        ("a-c", {"Fn::Join": ["-", {"Ref": "Two"}]}, False),
        ("eu-west-1", {"Ref": "AWS::Region"}, True),
        ("arn:aws", {"Fn::Sub": "arn:${AWS::Partition}"}, True),
        ("large", {"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "Size"]}, True),
        ("b", {"Fn::Select": [1, {"Fn::Split": ["-", "a-b"]}]}, True),
    ],
)
def test_condition_compares_what_functions_give(stack: Stack, left: str, right: Any, holds: bool) -> None:
    """The resource with the condition is there, or only the other one."""
    sections = {
        "Parameters": {
            "None": {"Type": "CommaDelimitedList", "Default": ""},
            "Two": {"Type": "CommaDelimitedList", "Default": "a,b"},
        },
        "Mappings": {"Sizes": {"eu-west-1": {"Size": "large"}}},
        "Conditions": {
            "Holds": {"Fn::Equals": [left, right]},
            "HoldsNot": {"Fn::Not": [{"Condition": "Holds"}]},
        },
    }
    resources = {"A": parameter("v", Condition="Holds"), "B": parameter("v", Condition="HoldsNot")}
    assert stack.create(resources, sections) == "CREATE_COMPLETE"
    assert stack.status_of("A" if holds else "B") == "CREATE_COMPLETE"
    with pytest.raises(ClientError, match="does not exist"):
        stack.status_of("B" if holds else "A")


def test_reference_in_place_of_a_value_is_looked_at(stack: Stack) -> None:
    """Although templates that differ in values alone are validated once."""
    assert stack.create({"A": parameter("v"), "B": GROUP}) == "CREATE_COMPLETE"
    assert stack.update({"A": parameter("w"), "B": GROUP}) == "UPDATE_COMPLETE"
    with pytest.raises(ClientError, match=r"Unresolved resource dependencies \[None\]"):
        stack.update({"A": parameter({"Fn::Join": ["", ["w", {"Ref": "None"}]]}), "B": GROUP})


def test_attribute_of_a_custom_resource_is_not_known_before(stack: Stack) -> None:
    """Only its function says which there are."""
    token = "arn:aws:lambda:eu-west-1:123456789012:function:none"
    custom = {"Type": "Custom::Thing", "Properties": {"ServiceToken": token}}

    assert stack.create({"A": custom, "B": parameter({"Fn::GetAtt": "A.AmiId.eu-west-1"})}) == "ROLLBACK_COMPLETE"


def test_type_of_a_resource_cannot_change(stack: Stack) -> None:
    """Under one logical id."""
    stack.create({"A": parameter("v")})
    with pytest.raises(ClientError, match=r"modifies resource type of the following resources: \[A\]"):
        stack.update({"A": GROUP})


def test_parameter_without_a_value_is_refused(stack: Stack) -> None:
    """And named."""
    with pytest.raises(ClientError, match=r"Parameters: \[P\] must have values"):
        stack.create({"A": parameter({"Ref": "P"})}, {"Parameters": {"P": {"Type": "String"}}})


def exporting(name: str, value: str) -> dict[str, Any]:
    """The outputs of a stack that exports a value."""
    return {"Outputs": {"O": {"Value": value, "Export": {"Name": name}}}}


@pytest.mark.parametrize(("changed", "verb"), [("two", "updated"), (None, "deleted")])
def test_export_in_use_cannot_change_or_go(aws: LocalAws, stack: Stack, changed: str | None, verb: str) -> None:
    """The update of the producing stack fails and rolls back; once nobody imports the export, it goes through."""
    consumer, name = Stack(aws), f"export-{stack.name}"
    stack.create({"A": parameter("a")}, exporting(name, "one"))
    consumer.create({"B": parameter({"Fn::ImportValue": name})})
    sections = exporting(name, changed) if changed else {}

    assert stack.update({"A": parameter("b")}, sections) == "UPDATE_ROLLBACK_COMPLETE"
    reasons = [event.get("ResourceStatusReason") for event in stack.events()]
    assert f"Export {name} cannot be {verb} as it is in use by {consumer.name}" in reasons
    assert aws.client("ssm").get_parameter(Name=stack.physical_id("A"))["Parameter"]["Value"] == "a"
    assert stack.update({"A": parameter("b")}, exporting(name, "one")) == "UPDATE_COMPLETE"

    consumer.delete()
    assert stack.update({"A": parameter("c")}, sections) == "UPDATE_COMPLETE"
    found = {export["Name"]: export["Value"] for export in aws.client("cloudformation").list_exports()["Exports"]}
    assert found.get(name) == changed


def test_export_in_use_keeps_its_stack(aws: LocalAws, stack: Stack) -> None:
    """DeleteStack is refused."""
    consumer, name = Stack(aws), f"export-{stack.name}"
    stack.create({"A": parameter("a")}, exporting(name, "one"))
    consumer.create({"B": parameter({"Fn::ImportValue": name})})

    with pytest.raises(ClientError, match=f"Export {name} is imported by stack {consumer.name}"):
        stack.begin_deletion()
