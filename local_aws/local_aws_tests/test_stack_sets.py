"""A StackSet of a template makes stacks in the accounts of an organisation."""

import json
from typing import Any

import pytest

from local_aws import LocalAws
from local_aws_tests.stacks import Stack

MANAGEMENT = "777777777777"
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "everywhere", "AssumeRolePolicyDocument": TRUST}}
GROUP = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "everywhere"}}


class Organisation:
    """Two units, one within the other, with an account in each, and an account outside."""

    def __init__(self, aws: LocalAws) -> None:
        """Make it; the management account itself is in the outer unit."""
        self._client = aws.client("organizations", account=MANAGEMENT)
        self._root = self._client.list_roots()["Roots"][0]["Id"]
        self.unit = self._unit("outer", self._root)
        self.outer, self.inner = self._account("a", self.unit), self._account("b", self._unit("inner", self.unit))
        self.outside = self._account("c", self._root)
        self._client.move_account(AccountId=MANAGEMENT, SourceParentId=self._root, DestinationParentId=self.unit)

    def _unit(self, name: str, parent: str) -> str:
        unit = self._client.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]
        return str(unit["Id"])

    def _account(self, name: str, parent: str) -> str:
        status = self._client.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]
        account = str(status["AccountId"])
        if parent != self._root:
            self._client.move_account(AccountId=account, SourceParentId=self._root, DestinationParentId=parent)
        return account


@pytest.fixture(scope="module")
def organisation(aws: LocalAws) -> Organisation:
    """The organisation of the management account."""
    return Organisation(aws)


@pytest.fixture
def stack(aws: LocalAws) -> Stack:
    """A stack of the management account that does not exist yet."""
    return Stack(aws, account=MANAGEMENT)


def stack_set(unit: str, resource: dict[str, Any], regions: tuple[str, ...], **changed: Any) -> dict[str, Any]:
    """A template's resources with a StackSet that takes one resource to a unit."""
    properties = {
        "StackSetName": "everywhere",
        "PermissionModel": "SERVICE_MANAGED",
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "StackInstancesGroup": [
            {"DeploymentTargets": {"OrganizationalUnitIds": [unit]}, "Regions": list(regions)},
        ],
        "TemplateBody": json.dumps({"Resources": {"It": resource}}),
        **changed,
    }
    return {"Set": {"Type": "AWS::CloudFormation::StackSet", "Properties": properties}}


def groups(aws: LocalAws, region: str, account: str) -> list[str]:
    """The log groups of a place."""
    return [group["logGroupName"] for group in aws.client("logs", region, account).describe_log_groups()["logGroups"]]


def roles(aws: LocalAws, account: str) -> list[str]:
    """The roles of an account."""
    return [role["RoleName"] for role in aws.client("iam", account=account).list_roles()["Roles"]]


def reasons(stack: Stack) -> str:
    """What the events of a stack say."""
    return " ".join(event.get("ResourceStatusReason", "") for event in stack.events())


def test_every_account_of_a_unit_gets_a_stack_in_every_region(
    aws: LocalAws, organisation: Organisation, stack: Stack
) -> None:
    """Those of units within it too, but neither one outside nor the management account; they go with the StackSet."""
    regions = ("eu-west-1", "us-east-1")
    members = [(region, account) for account in (organisation.outer, organisation.inner) for region in regions]
    others = [(region, account) for account in (organisation.outside, MANAGEMENT) for region in regions]
    assert stack.create(stack_set(organisation.unit, GROUP, regions)) == "CREATE_COMPLETE"

    assert [groups(aws, *place) for place in members] == [["everywhere"]] * 4
    assert [groups(aws, *place) for place in others] == [[]] * 4
    assert stack.delete() == "DELETE_COMPLETE"
    assert [groups(aws, *place) for place in members] == [[]] * 4


def test_a_stack_that_fails_fails_the_stack_set(aws: LocalAws, organisation: Organisation, stack: Stack) -> None:
    """In the second of its Regions: what was made in the first is gone again."""
    template = {
        # CloudFormation makes no parameter of the type SecureString.
        "Mappings": {"Types": {"eu-west-1": {"Is": "String"}, "us-east-1": {"Is": "SecureString"}}},
        "Resources": {
            "Role": ROLE,
            "It": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Type": {"Fn::FindInMap": ["Types", {"Ref": "AWS::Region"}, "Is"]}, "Value": "v"},
            },
        },
    }
    both = stack_set(organisation.unit, ROLE, ("eu-west-1", "us-east-1"), TemplateBody=json.dumps(template))
    assert stack.create(both) == "ROLLBACK_COMPLETE"

    assert f"in account {organisation.outer}, us-east-1, did not become CREATE_COMPLETE" in reasons(stack)
    assert roles(aws, organisation.outer) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"Capabilities": []}, "Requires capabilities : [CAPABILITY_NAMED_IAM]"),
        ({"PermissionModel": "SELF_MANAGED"}, "PermissionModel SERVICE_MANAGED and a TemplateBody alone."),
        ({"Parameters": []}, "a TemplateBody alone, and not Parameters."),
        (
            {"StackInstancesGroup": [{"DeploymentTargets": {"OrganizationalUnitIds": ["ou-x"]}, "Regions": []}]},
            "OrganizationalUnitNotFoundException",
        ),
    ],
)
def test_what_cannot_be_is_refused(
    aws: LocalAws, organisation: Organisation, stack: Stack, changed: dict[str, Any], reason: str
) -> None:
    """With its reason, and with nothing made."""
    refused = stack_set(organisation.unit, ROLE, ("eu-west-1",), **changed)
    assert stack.create(refused) == "ROLLBACK_COMPLETE"

    assert reason in reasons(stack)
    assert roles(aws, organisation.outer) == []


def test_an_update_is_refused(aws: LocalAws, organisation: Organisation, stack: Stack) -> None:
    """It is not part of the local AWS; what was deployed stays."""
    before = stack_set(organisation.unit, ROLE, ("eu-west-1",))
    assert stack.create(before) == "CREATE_COMPLETE"
    after = stack_set(organisation.unit, GROUP, ("eu-west-1",))

    assert stack.update(after) == "UPDATE_ROLLBACK_COMPLETE"
    assert "creates and deletes StackSets, and updates none" in reasons(stack)
    assert roles(aws, organisation.outer) == ["everywhere"]
    assert stack.delete() == "DELETE_COMPLETE"
    assert roles(aws, organisation.outer) == []
