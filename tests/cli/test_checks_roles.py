"""The checks of roles and permissions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdk_image_distribution_cli.checks import Outcome

from .fake_aws import ACCOUNT, OTHER_ACCOUNT, REGION, FakeAws
from .healthy import healthy, only, refuse, region, role, run, stack_template, write

SHARED = stack_template([region(TargetAccountIds=[OTHER_ACCOUNT])])
EXECUTION_ROLE = f"arn:aws:iam::{ACCOUNT}:role/path/distribution"
DEPLOY_ROLE = "arn:${AWS::Partition}:iam::123456789012:role/cdk-hnb659fds-deploy-role-123456789012-eu-west-1"
CLOUDFORMATION_ROLE = DEPLOY_ROLE.replace("deploy-role", "cfn-exec-role")


def test_target_role_of_an_account_that_cannot_be_reached_is_unknown(tmp_path: Path) -> None:
    """The remedy names the role."""
    result = only(run(healthy(), write(tmp_path, {"Golden": SHARED})), "target role")
    assert (result.subject, result.outcome) == (OTHER_ACCOUNT, Outcome.UNKNOWN)
    assert "EC2ImageBuilderDistributionCrossAccountRole" in result.remedy


@pytest.mark.parametrize(
    ("trusted", "outcome", "message"),
    [
        (ACCOUNT, Outcome.PASS, "This app makes it."),
        ({"Ref": "SourceAccount"}, Outcome.PASS, "This app makes it."),
        ("111111111111", Outcome.FAIL, f"EC2ImageBuilderDistributionCrossAccountRole does not trust {ACCOUNT}."),
    ],
)
def test_target_role_that_the_app_makes_must_trust_this_account(
    trusted: Any, outcome: Outcome, message: str, tmp_path: Path
) -> None:
    """In a stack of that account."""
    principal = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::", trusted, ":root"]]}
    trust = {"Statement": [{"Action": "sts:AssumeRole", "Principal": {"AWS": principal}}]}
    name = "EC2ImageBuilderDistributionCrossAccountRole"
    made = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": name, "AssumeRolePolicyDocument": trust}},
    }
    folder = write(tmp_path / "a", {"Target": {"Resources": made}}, f"aws://{OTHER_ACCOUNT}/{REGION}")
    write(tmp_path / "b", {"Golden": SHARED})
    (tmp_path / "manifest.json").write_text(
        '{"artifacts": {"A": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "a"}},'
        '"B": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "b"}}}}'
    )
    assert folder.exists()
    result = only(run(healthy(), tmp_path), "target role")
    assert (result.outcome, result.message) == (outcome, message)


@pytest.mark.parametrize(
    ("trusted", "outcome"), [((ACCOUNT,), Outcome.PASS), (("111111111111",), Outcome.FAIL), (None, Outcome.FAIL)]
)
def test_target_role_is_read_with_the_role(trusted: Any, outcome: Outcome, tmp_path: Path) -> None:
    """It exists, and trusts this account."""
    fake = healthy()
    if trusted is None:
        refuse(fake, "GetRole", "NoSuchEntity", "The role cannot be found.")
    else:
        fake.answers["GetRole"] = lambda region, asked: {"Role": role(asked["RoleName"], trusted)}
    assert only(run(fake, write(tmp_path, {"Golden": SHARED}), "Reader"), "target role").outcome is outcome


@pytest.mark.parametrize(
    ("trusted", "outcome"), [(("imagebuilder.amazonaws.com",), Outcome.PASS), (("ec2.amazonaws.com",), Outcome.FAIL)]
)
def test_execution_role_must_trust_image_builder(trusted: Any, outcome: Outcome, tmp_path: Path) -> None:
    """One that the construct does not make."""
    fake = healthy()
    fake.answers["GetRole"] = lambda region, asked: {"Role": role(asked["RoleName"], trusted)}
    folder = write(tmp_path, {"Golden": stack_template([region()], role=EXECUTION_ROLE)})
    assert only(run(fake, folder), "execution role").outcome is outcome
    assert "distribution" in {asked["RoleName"] for _, name, _, asked in fake.calls if name == "GetRole"}


def test_execution_role_that_does_not_exist_fails(tmp_path: Path) -> None:
    """IAM says NoSuchEntity."""
    fake = healthy()
    refuse(fake, "GetRole", "NoSuchEntity", "The role with name distribution cannot be found.")
    folder = write(tmp_path, {"Golden": stack_template([region()], role=EXECUTION_ROLE)})
    assert only(run(fake, folder), "execution role").outcome is Outcome.FAIL


def permissions(fake: FakeAws, folder: Path, **roles: str) -> dict[str, tuple[Outcome, str]]:
    """Return the results of the permissions by whose they are."""
    results = run(fake, write(folder, {"Golden": stack_template([region()])}, **roles))
    return {it.subject.split(",")[0]: (it.outcome, it.message) for it in results if it.check == "permissions"}


def deny(fake: FakeAws, denied: str, **more: Any) -> None:
    """Let IAM's simulation deny an action."""
    fake.answers["SimulatePrincipalPolicy"] = lambda region, asked: {
        "EvaluationResults": [
            {"EvalActionName": action, "EvalDecision": "implicitDeny", **more}
            if action == denied
            else {"EvalActionName": action, "EvalDecision": "allowed"}
            for action in asked["ActionNames"]
        ]
    }


def test_caller_needs_the_deploy_role_of_the_bootstrap(tmp_path: Path) -> None:
    """CloudFormation's role is simulated for itself, the caller by the role of its session."""
    fake = healthy()
    permissions(fake, tmp_path, assumeRoleArn=DEPLOY_ROLE, cloudFormationExecutionRoleArn=CLOUDFORMATION_ROLE)
    asked = [found for _, name, _, found in fake.calls if name == "SimulatePrincipalPolicy"]
    cloudformation_role = CLOUDFORMATION_ROLE.replace("${AWS::Partition}", "aws")
    caller = f"arn:aws:iam::{ACCOUNT}:role/path/Platform"
    assert [(found["PolicySourceArn"], found["ResourceArns"]) for found in asked] == [
        (caller, [DEPLOY_ROLE.replace("${AWS::Partition}", "aws")]),
        (cloudformation_role, [f"arn:aws:iam::{ACCOUNT}:role/Golden-check"]),
        (cloudformation_role, [f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:Golden-check"]),
        (caller, ["*"]),
    ]
    assert asked[0]["ActionNames"] == ["sts:AssumeRole"]
    assert asked[3]["ActionNames"] == ["iam:PassRole", "imagebuilder:DistributeImage", "imagebuilder:GetImage"]
    # Many organizations deny what is outside of some Regions.
    assert asked[0]["ContextEntries"][0]["ContextKeyValues"] == ["eu-west-1"]


def test_denied_action_fails_and_is_named(tmp_path: Path) -> None:
    """Without a bootstrap the caller deploys itself."""
    fake = healthy()
    deny(fake, "iam:CreateRole")
    found = permissions(fake, tmp_path)
    outcome, message = found["CloudFormation"]
    assert outcome is Outcome.FAIL
    assert message.startswith(f"iam:CreateRole denied on arn:aws:iam::{ACCOUNT}:role/Golden-check")
    assert found["caller"][0] is Outcome.PASS


def test_denial_by_a_condition_on_the_request_is_unknown(tmp_path: Path) -> None:
    """The simulation does not know what the real request has."""
    fake = healthy()
    deny(fake, "iam:CreateRole", MissingContextValues=["iam:PermissionsBoundary"])
    assert permissions(fake, tmp_path)["CloudFormation"] == (Outcome.UNKNOWN, "Conditions decide on iam:CreateRole.")
    forbidden = {"AllowedByOrganizations": False}
    deny(fake, "iam:PassRole", MissingContextValues=["aws:PrincipalTag/x"], OrganizationsDecisionDetail=forbidden)
    assert permissions(fake, tmp_path)["function of Golden"] == (
        Outcome.UNKNOWN,
        "Conditions decide on iam:PassRole.",
    )


def test_action_of_the_function_that_the_organization_denies_fails(tmp_path: Path) -> None:
    """The caller itself needs none of them."""
    fake = healthy()
    deny(fake, "imagebuilder:DistributeImage")
    assert permissions(fake, tmp_path)["function of Golden"][0] is Outcome.PASS
    deny(fake, "imagebuilder:DistributeImage", OrganizationsDecisionDetail={"AllowedByOrganizations": False})
    outcome, message = permissions(fake, tmp_path)["function of Golden"]
    assert outcome is Outcome.FAIL
    assert "imagebuilder:DistributeImage" in message


def test_simulation_that_is_denied_is_unknown(tmp_path: Path) -> None:
    """It is asked for once."""
    fake = healthy()
    refuse(fake, "GetRole", "AccessDenied", "not authorized to perform: iam:GetRole on resource: x")
    found = permissions(fake, tmp_path)
    assert {outcome for outcome, _ in found.values()} == {Outcome.UNKNOWN}
    assert fake.operations["GetRole"] == 1
