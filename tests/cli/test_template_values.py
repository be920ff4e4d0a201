"""The values of a template before the deployment."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_image_distribution_cli.template_values import Resolver, Unresolved

PSEUDO = {"AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012"}
RESOLVER = Resolver(
    {"Parameters": {"Team": {"Type": "String", "Default": "platform"}, "Late": {"Type": "String"}}}, PSEUDO
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "Team"}, "platform"),
        ({"Fn::Join": ["/", ["a", {"Ref": "AWS::AccountId"}]]}, "a/123456789012"),
        ({"Fn::Sub": "a-${AWS::Region}-${!Kept}"}, "a-eu-west-1-${!Kept}"),
        ({"Fn::Sub": ["${Name}-${Team}", {"Name": {"Ref": "AWS::Region"}}]}, "eu-west-1-platform"),
        ({"Fn::Select": [1, {"Fn::Split": [":", "a:b"]}]}, "b"),
        ([{"Ref": "Team"}], ["platform"]),
        ({"Name": {"Ref": "Team"}, "Gone": {"Ref": "AWS::NoValue"}}, {"Name": "platform"}),
    ],
)
def test_known_value_is_resolved(value: Any, expected: Any) -> None:
    """As CloudFormation would."""
    resolved = RESOLVER.resolve(value)
    assert resolved == expected
    assert not isinstance(resolved, Unresolved)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"Ref": "Late"}, "Late"),
        ({"Ref": "Key"}, "Key"),
        ({"Fn::GetAtt": ["Key", "Arn"]}, "Key.Arn"),
        ({"Fn::Join": ["", ["a", {"Ref": "Key"}]]}, "aKey"),
        ({"Fn::Sub": "${Key}"}, "Key"),
        ({"Fn::ImportValue": "Shared"}, "Fn::ImportValue Shared"),
        ({"Fn::Split": [",", {"Ref": "Late"}]}, "Fn::Split [',', {'Ref': 'Late'}]"),
    ],
)
def test_unknown_value_is_marked(value: Any, text: str) -> None:
    """Its text says what it refers to."""
    resolved = RESOLVER.resolve(value)
    assert isinstance(resolved, Unresolved)
    assert resolved == text
