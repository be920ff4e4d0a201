"""docs/scale.md: its arithmetic is done again from what the handler calls and what the templates hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_image_distribution import ImageDistribution
from local_aws import Outcome
from simulated_aws import START, WAIT, SimulatedAccount
from tests.handler.conftest import account

from .pages import page
from .test_figures import rows

__all__ = ["account"]

_PAGE = "docs/scale.md"
_STARTS = 1000
_LENGTHS = (30, 60)

# What AWS allows; the page has the sources.
_RESOURCES = 500
_MANAGED_POLICIES = 10
_SIZES = {"AWS::IAM::Policy": 10_240, "AWS::IAM::ManagedPolicy": 6_144}

_CONFIGURATION = "arn:aws:imagebuilder:eu-west-1:123456789012:distribution-configuration/golden"
_LONGEST_TEXT = "x" * 100


def template(number: int, *, shares_role: bool = False, **arguments: Any) -> Mapping[str, Any]:
    """Return the resources of a stack with so many distributions."""
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    if shares_role:
        arguments["execution_role"] = iam.Role.from_role_name(stack, "Role", "distribution")
    for place in range(number):
        ImageDistribution(
            stack,
            f"Image{place}",
            source_image="ami-0123456789abcdef0",
            distribution_configuration=_CONFIGURATION,
            **arguments,
        )
    resources: Mapping[str, Any] = Template.from_stack(stack).to_json()["Resources"]
    return resources


def longest(value: Any) -> Any:
    """Return a policy document as IAM gets it when every name that CloudFormation makes is as long as may be."""
    if isinstance(value, list):
        return [longest(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(longest(parts))
    if any(key == "Ref" or key.startswith("Fn::") for key in value):
        return _LONGEST_TEXT
    return {key: longest(item) for key, item in value.items()}


def fits(resources: Mapping[str, Any]) -> bool:
    """Tell whether IAM takes every policy."""
    policies = [resource for resource in resources.values() if resource["Type"] in _SIZES]
    assert policies
    return all(
        len(json.dumps(longest(policy["Properties"]["PolicyDocument"]), separators=(",", ":")))
        <= _SIZES[policy["Type"]]
        for policy in policies
    )


def in_prose() -> str:
    """Return the page in one line."""
    return " ".join(page(_PAGE).path.read_text("utf-8").split())


def calls_of_a_distribution(account: SimulatedAccount, of_minutes: int) -> Counter[str]:
    """Return how often each operation is called from the start to the end of the wait, and the invocations."""
    # It ends half a minute before a poll, as it does on average.
    seconds = of_minutes * 60 - 30
    account.builder.script.default = Outcome(pending=45, distributing=seconds - 90, integrating=45)
    started = account.operate(account.request("Create"))["PhysicalResourceId"]
    properties = {"ImageArn": started, "Segment": "1", "Segments": "1", "Seconds": "3600"}
    answered = account.operate(account.request("Create", WAIT, ResourceProperties=properties), within=4000)
    assert answered["Status"] == "SUCCESS"
    assert len(account.event_bridge.made) == 1
    seen = Counter(call.operation for call in account.services.calls)
    seen["invocations"] = account.invocations
    return seen


def a_second(calls: int) -> str:
    """Return how many that are in a second, if each start of an hour makes so many."""
    return f"{calls * _STARTS / 3600:.1f}"


@pytest.mark.parametrize(("column", "length"), [(2, 30), (3, 60)])
def test_the_arithmetic_follows_from_what_the_handler_calls(
    account: SimulatedAccount, column: int, length: int
) -> None:
    """Rows of the table for 1,000 starts an hour, with the counts of one distribution on the simulated clock."""
    calls = calls_of_a_distribution(account, length)
    shown = {row[0]: row for row in rows(_PAGE, f"What {_STARTS:,} starts an hour take")}
    at_once = f"{_STARTS * length // 60:,}"
    assert [row[column] for name, row in shown.items() if "at once" in name] == [at_once] * 3
    of_event_bridge = sum(
        calls[operation] for operation in ("PutRule", "PutTargets", "RemoveTargets", "DeleteRule", "ListRules")
    )
    for name, number in (
        ("invocations a second", calls["invocations"]),
        ("GetImage calls a second", calls["GetImage"]),
        ("DistributeImage calls a second", calls["DistributeImage"]),
        ("EventBridge calls a second", of_event_bridge),
        ("CloudFormation calls a second", calls["DescribeStacks"] + calls["DescribeStackResource"]),
    ):
        assert str(number) in shown[name][1].split(" or "), name
        assert shown[name][column] == a_second(number), name
    assert calls["GetResources"] == 0


def test_what_binds_first_follows_from_the_waits_at_once() -> None:
    """Starts an hour are the waits at once by the hours that one takes; the first row is the least."""
    table = [[int(cell.replace(",", "")) for cell in row[1:]] for row in rows(_PAGE, "Which quota binds first")]
    assert [row[1:] for row in table] == [[row[0] * 60 // length for length in _LENGTHS] for row in table]
    assert table == sorted(table)


def test_without_room_for_a_rule_the_wait_fails_after_two_minutes(account: SimulatedAccount) -> None:
    """In EventBridge's words, and as late as the page says."""
    account.builder.script.default = Outcome(distributing=1800)
    account.fail("PutRule", "LimitExceededException", times=None)
    started = account.operate(account.request("Create"))["PhysicalResourceId"]
    properties = {"ImageArn": started, "Segment": "1", "Segments": "1", "Seconds": "3300"}
    answer = account.operate(account.request("Create", WAIT, ResourceProperties=properties))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Polling by an EventBridge rule: LimitExceededException: ")
    assert 115 <= account.now - START <= 130


def test_a_delete_of_what_was_cut_off_asks_for_tags_as_often_as_the_page_says(account: SimulatedAccount) -> None:
    """Nothing is found, so that it looks until its time is up."""
    account.operate(account.request("Delete", PhysicalResourceId="Stack-Distribution-1A2B3C"))
    asked = account.calls("GetResources")
    assert f"up to {len(asked)} times in {account.now - START:.0f} seconds" in in_prose()


@pytest.mark.parametrize(("column", "shares_role"), [(1, False), (2, True)])
def test_a_stack_holds_as_many_resources_as_the_page_says(column: int, shares_role: bool) -> None:
    """What the first distribution brings, and what each further one adds."""
    one, two = (len(template(number, shares_role=shares_role)) for number in (1, 2))
    assert rows(_PAGE, "What a stack holds")[0][column] == str(two - one)
    assert 2 * one - two == 6 + shares_role
    assert "log group: six resources. An `execution_role` brings one policy more" in in_prose()


@pytest.mark.parametrize("row", [1, 2], ids=["amis_stay", "amis_go"])
@pytest.mark.parametrize(("column", "shares_role"), [(1, False), (2, True)])
def test_a_stack_holds_as_many_distributions_as_the_page_says(row: int, column: int, shares_role: bool) -> None:
    """With the longest names IAM takes the policies of so many; of one more CDK refuses the resources."""
    shown = int(rows(_PAGE, "What a stack holds")[row][column])
    resources = template(shown, shares_role=shares_role, auto_delete_amis=row == 2)
    assert fits(resources)
    assert sum(resource["Type"] == "AWS::IAM::ManagedPolicy" for resource in resources.values()) <= _MANAGED_POLICIES
    with pytest.raises(RuntimeError, match=f"greater than allowed maximum of {_RESOURCES}"):
        template(shown + 1, shares_role=shares_role, auto_delete_amis=row == 2)
