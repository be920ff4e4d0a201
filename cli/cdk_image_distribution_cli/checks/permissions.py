"""May the caller deploy, may CloudFormation make the resources, and does the organization let the function work?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..assembly import PlannedStack
from ..errors import Unread, reading
from .context import Context
from .result import Result, Subject

_DEPLOYS = ("cloudformation:CreateChangeSet", "cloudformation:DescribeStacks", "cloudformation:ExecuteChangeSet")
# What CloudFormation calls for the provider of a stack, and on what.
_MAKES = (
    ("iam", "role", ("iam:CreateRole", "iam:PassRole", "iam:PutRolePolicy")),
    ("lambda", "function", ("lambda:AddPermission", "lambda:CreateFunction", "lambda:InvokeFunction")),
)
_ALLOW_SIMULATION = "Allow iam:SimulatePrincipalPolicy and iam:GetRole, or check it by hand."


def check(context: Context) -> Iterator[Result]:
    """Simulate the policies: four calls for each stack."""
    stacks = {item.stack.name: item.stack for item in context.distributions}
    simulator = _Simulator(context)
    for name, stack in stacks.items():
        deploy_role, cloudformation_role = (
            role.replace("${AWS::Partition}", context.aws.partition)
            for role in (stack.deploy_role, stack.cloudformation_role)
        )
        arn = _Arns(context, name)
        deploys = ("sts:AssumeRole",) if deploy_role else _DEPLOYS
        subject = Subject("permissions", f"caller, to deploy {name}")
        yield _allowed(subject, simulator, "", {deploy_role or arn.of("cloudformation", f"stack/{name}/*"): deploys})
        made = {arn.of(service, f"{kind}/{name}-check", kind): actions for service, kind, actions in _MAKES}
        yield _allowed(Subject("permissions", f"CloudFormation, for {name}"), simulator, cloudformation_role, made)
        yield _not_forbidden(Subject("permissions", f"function of {name}"), simulator, function_actions(stack))


@dataclass(frozen=True)
class _Arns:
    """The ARNs of a stack's resources, by names that CloudFormation would give them."""

    context: Context
    stack_name: str

    def of(self, service: str, resource: str, kind: str = "") -> str:
        """Return an ARN. Functions have a colon before their names; roles have no Region."""
        aws = self.context.aws
        region = "" if service == "iam" else aws.region
        path = resource.replace("/", ":", 1) if kind == "function" else resource
        return f"arn:{aws.partition}:{service}:{region}:{aws.account}:{path}"


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
                .paginate(
                    PolicySourceArn=principal,
                    ActionNames=list(actions),
                    ResourceArns=[resource],
                    ContextEntries=[
                        {
                            "ContextKeyName": "aws:RequestedRegion",
                            "ContextKeyValues": [self._aws.region],
                            "ContextKeyType": "string",
                        }
                    ],
                )
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
    subject: Subject, simulator: _Simulator, principal: str, actions_on: Mapping[str, Sequence[str]]
) -> Result:
    """Judge a principal by its actions on resources."""
    denied: list[str] = []
    uncertain: list[str] = []
    for resource, actions in actions_on.items():
        try:
            evaluations = simulator.simulate(principal, actions, resource)
        except Unread as error:
            return subject.unknown(error, _ALLOW_SIMULATION)
        for item in evaluations:
            if item["EvalDecision"] != "allowed":
                # A condition on what only the real request has.
                (uncertain if item.get("MissingContextValues") else denied).append(item["EvalActionName"])
    who = principal or "the caller"
    if denied:
        return subject.fails(f"{', '.join(denied)} denied on {', '.join(actions_on)}.", f"Allow it to {who}.")
    if uncertain:
        return subject.unknown(f"Conditions decide on {', '.join(uncertain)}.", "Check the policies' conditions.")
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
    if any(item.get("MissingContextValues") for item in evaluations) and forbidden:
        return subject.unknown(f"Conditions decide on {', '.join(forbidden)}.", "Check the policies' conditions.")
    if forbidden:
        return subject.fails(
            f"A policy of the organization denies {', '.join(forbidden)}.", "Have the service control policy changed."
        )
    return subject.passes("Its policy is in the template, and the organization allows every action.")


def _named(reference: Any) -> str:
    if not isinstance(reference, Mapping):
        return ""
    return str(reference.get("Ref") or (reference.get("Fn::GetAtt") or [""])[0])
