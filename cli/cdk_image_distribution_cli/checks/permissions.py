"""May the caller deploy, may CloudFormation make the resources, and does the organization let the function work?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..assembly import PlannedStack
from ..errors import Unread, reading
from .context import Context
from .result import Result, Subject

_DEPLOYS = ("cloudformation:CreateChangeSet", "cloudformation:DescribeStacks", "cloudformation:ExecuteChangeSet")
_MAKES = (
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "lambda:AddPermission",
    "lambda:CreateFunction",
    "lambda:InvokeFunction",
    "logs:CreateLogGroup",
)
_ALLOW_SIMULATION = "Allow iam:SimulatePrincipalPolicy and iam:GetRole, or check it by hand."


def check(context: Context) -> Iterator[Result]:
    """Simulate the policies: three calls for each stack, fewer if stacks have roles in common."""
    stacks = {item.stack.name: item.stack for item in context.distributions}
    simulator = _Simulator(context)
    for name, stack in stacks.items():
        deploy_role, cloudformation_role = (
            role.replace("${AWS::Partition}", context.aws.partition)
            for role in (stack.deploy_role, stack.cloudformation_role)
        )
        yield _allowed(
            Subject("permissions", f"caller, to deploy {name}"),
            simulator,
            "",
            ("sts:AssumeRole",) if deploy_role else _DEPLOYS,
            deploy_role or "*",
        )
        yield _allowed(Subject("permissions", f"CloudFormation, for {name}"), simulator, cloudformation_role, _MAKES)
        yield _not_forbidden(Subject("permissions", f"function of {name}"), simulator, function_actions(stack))


def function_actions(stack: PlannedStack) -> tuple[str, ...]:
    """Return the actions of the function behind a stack's distributions, as its role's policies allow them."""
    resources: Mapping[str, Any] = stack.template.get("Resources", {})
    tokens = (
        item["Properties"]["ServiceToken"] for item in resources.values() if item["Type"].startswith("Custom::Im")
    )
    functions = {_named(token) for token in tokens}
    roles = {_named(resources[name]["Properties"]["Role"]) for name in functions if name in resources}
    statements = [
        statement
        for item in resources.values()
        if item["Type"] == "AWS::IAM::Policy" and {_named(role) for role in item["Properties"].get("Roles", [])} & roles
        for statement in item["Properties"]["PolicyDocument"]["Statement"]
    ]
    actions: set[str] = set()
    for statement in statements:
        named = statement.get("Action", [])
        actions.update([named] if isinstance(named, str) else named)
    return tuple(sorted(actions))


class _Simulator:
    """Simulates actions of a principal, each principal and list of actions once."""

    def __init__(self, context: Context) -> None:
        self._aws = context.aws
        self._caller: str | Unread | None = None
        self._known: dict[tuple[str, tuple[str, ...], str], list[Any] | Unread] = {}

    def simulate(self, principal: str, actions: Sequence[str], resource: str) -> list[Any]:
        """Return IAM's evaluations. The empty principal is the caller.

        Raises:
            Unread: IAM does not tell.
        """
        key = (principal, tuple(actions), resource)
        if key not in self._known:
            try:
                self._known[key] = self._simulate(principal or self._caller_principal(), actions, resource)
            except Unread as error:
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, Unread):
            raise found
        return found

    def _simulate(self, principal: str, actions: Sequence[str], resource: str) -> list[Any]:
        with reading(f"Simulating the policies of {principal}"):
            pages = (
                self._aws.iam()
                .get_paginator("simulate_principal_policy")
                .paginate(PolicySourceArn=principal, ActionNames=list(actions), ResourceArns=[resource])
            )
            return [evaluation for page in pages for evaluation in page["EvaluationResults"]]

    def _caller_principal(self) -> str:
        if self._caller is None:
            try:
                self._caller = self._read_caller()
            except Unread as error:
                self._caller = error
        if isinstance(self._caller, Unread):
            raise self._caller
        return self._caller

    def _read_caller(self) -> str:
        arn = self._aws.caller_arn
        kind, _, name = arn.split(":", 5)[5].partition("/")
        if kind == "user":
            return arn
        if kind == "assumed-role":
            # The session's ARN lacks the path of the role.
            with reading("Reading the caller's role"):
                return self._aws.iam().get_role(RoleName=name.split("/")[0])["Role"]["Arn"]
        raise Unread(f"IAM does not simulate the policies of {arn}.")


def _allowed(
    subject: Subject, simulator: _Simulator, principal: str, actions: Sequence[str], resource: str = "*"
) -> Result:
    try:
        evaluations = simulator.simulate(principal, actions, resource)
    except Unread as error:
        return subject.unknown(error, _ALLOW_SIMULATION)
    denied = sorted({item["EvalActionName"] for item in evaluations if item["EvalDecision"] != "allowed"})
    if denied:
        who = principal or "the caller"
        return subject.fails(f"{', '.join(denied)} denied on {resource}.", f"Allow it to {who}.")
    return subject.passes("All actions are allowed.")


def _not_forbidden(subject: Subject, simulator: _Simulator, actions: Sequence[str]) -> Result:
    """Judge the function, whose role does not exist yet: its policy is in the template, the organization's is not."""
    if not actions:
        return subject.unknown("Its policy is not in this app.", "Check it by hand.")
    try:
        evaluations = simulator.simulate("", actions, "*")
    except Unread as error:
        return subject.unknown(error, _ALLOW_SIMULATION)
    forbidden = sorted(
        {
            item["EvalActionName"]
            for item in evaluations
            if item.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations") is False
        }
    )
    if forbidden:
        return subject.fails(
            f"A policy of the organization denies {', '.join(forbidden)}.", "Have the service control policy changed."
        )
    return subject.passes("Its policy is in the template, and the organization allows every action.")


def _named(reference: Any) -> str:
    if not isinstance(reference, Mapping):
        return ""
    return str(reference.get("Ref") or (reference.get("Fn::GetAtt") or [""])[0])
