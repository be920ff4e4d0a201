"""What users run over their apps finds nothing in ours: cdk-nag, cfn-lint, CDK's own validation, CDK's warnings."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Annotations, Match
from cdk_nag import (
    AwsSolutionsChecks,
    HIPAASecurityChecks,
    NIST80053R4Checks,
    NIST80053R5Checks,
    PCIDSS321Checks,
    ServerlessChecks,
)

from cdk_image_distribution import (
    DistributionTargetRole,
    ImageDistribution,
    ImageDistributionProvider,
    LifecycleTargetRole,
)

from .. import template_check
from ..construct import stacks
from .apps import ACCOUNT, EXAMPLES

# The construct records its reasons where cdk-nag is loaded. The apps of other tests are without it, as most are.
_CDK_NAG = sys.modules.pop("cdk_nag")

pytestmark = pytest.mark.slow

QUEUE_ARN = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:failed-requests"


def in_a_stack(declare: Callable[[cdk.Stack], object], *, region: str | None = "eu-west-1") -> Callable[[cdk.App], Any]:
    """Return what puts a declaration into a stack of an app, of a known account and Region or of none."""
    environment = cdk.Environment(account=ACCOUNT, region=region) if region else None
    return lambda app: declare(cdk.Stack(app, "Stack", env=environment))


def in_a_vpc(stack: cdk.Stack) -> None:
    """Declare a distribution whose function is in a VPC."""
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123456789abcdef0")
    ImageDistribution(
        stack,
        "Distribution",
        source_image=stacks.AMI_ID,
        distribution_configuration=stacks.CONFIGURATION_ARN,
        provider=ImageDistributionProvider(stack, "Provider", vpc=stacks.vpc_in(stack), security_groups=[group]),
    )


def deleting_elsewhere(stack: cdk.Stack) -> None:
    """Declare a distribution that deletes its AMIs in another account, and the roles of that account."""
    target = cdk.Stack(stack, "Target", env=cdk.Environment(account=stacks.OTHER_ACCOUNT, region="eu-west-1"))
    DistributionTargetRole(target, "Distribution", source_account=ACCOUNT)
    LifecycleTargetRole(target, "Lifecycle", source_account=ACCOUNT)
    configuration = imagebuilder.CfnDistributionConfiguration(
        stack,
        "Configuration",
        name="golden",
        distributions=[
            {
                "region": "eu-west-1",
                "amiDistributionConfiguration": {
                    "Name": "golden-{{ imagebuilder:buildDate }}",
                    "TargetAccountIds": [ACCOUNT, stacks.OTHER_ACCOUNT],
                },
            }
        ],
    )
    ImageDistribution(
        stack,
        "Distribution",
        source_image=stacks.AMI_ID,
        distribution_configuration=configuration,
        auto_delete_amis=True,
    )


@pytest.fixture(autouse=True)
def cdk_nag(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load cdk-nag."""
    monkeypatch.setitem(sys.modules, "cdk_nag", _CDK_NAG)


APPS = {
    **EXAMPLES,
    "all_arguments": in_a_stack(stacks.all_arguments),
    "amis_deleted": in_a_stack(stacks.amis_deleted),
    "anywhere": in_a_stack(lambda stack: stacks.two_distributions(stack), region=None),
    "deleting_elsewhere": in_a_stack(deleting_elsewhere),
    "every_permission": in_a_stack(stacks.every_permission),
    "in_a_vpc": in_a_stack(in_a_vpc),
}


@cache
def template_validation() -> cdk.CloudFormationValidatePlugin:
    """Make CDK's own validation, which loads its rules once."""
    return cdk.CloudFormationValidatePlugin()


def synthesised(
    put: Callable[[cdk.App], object], folder: Path, packs: Sequence[type[Any]] = (AwsSolutionsChecks,)
) -> cdk.App:
    """Synthesise an app with packs of cdk-nag and CDK's own validation as errors."""
    app = cdk.App(outdir=str(folder), context={"@aws-cdk/core:validateAgainstDefaultRules": True})
    cdk.Validations.of(app).add_plugins(*(pack(app) for pack in packs), template_validation())
    put(app)
    app.synth()
    return app


def report(folder: Path) -> list[Any]:
    """Return what cdk-nag and CDK's own validation found."""
    found: list[Any] = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    return found


def warnings(app: cdk.App) -> list[Any]:
    """Return what the stacks of an app are warned of."""
    found = [child for child in app.node.find_all() if isinstance(child, cdk.Stack)]
    return [
        message.entry.data
        for stack in found
        for message in Annotations.from_stack(stack).find_warning("*", Match.any_value())
    ]


def own_role(stack: cdk.Stack, log_group: logs.ILogGroup) -> iam.IRole:
    """Make a role without inline policies."""
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    statements = ImageDistributionProvider.policy_statements(stack, log_group, in_vpc=True)
    statements.append(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[QUEUE_ARN]))
    iam.ManagedPolicy(stack, "Policy", statements=statements, roles=[role])
    role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name("AWSXRayDaemonWriteAccess"))
    return role.without_policy_updates()


def regulated(stack: cdk.Stack, role: Callable[[cdk.Stack, logs.ILogGroup], iam.IRole] | None = None) -> None:
    """Declare a distribution with what the packs of rules for regulated workloads ask of its function."""
    key = kms.Key.from_key_arn(stack, "Key", stacks.KEY_ARN)
    queue = sqs.Queue.from_queue_arn(stack, "Queue", QUEUE_ARN)
    log_group = logs.LogGroup(stack, "Log", encryption_key=key, retention=logs.RetentionDays.ONE_YEAR)
    provider = ImageDistributionProvider(
        stack,
        "Provider",
        role=role(stack, log_group) if role is not None else None,
        log_group=log_group,
        vpc=stacks.vpc_in(stack),
        security_groups=[ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123456789abcdef0")],
        environment_encryption=key,
        reserved_concurrent_executions=10,
        dead_letter_queue=queue,
        on_failure=destinations.SqsDestination(queue),
        tracing=lambda_.Tracing.ACTIVE,
    )
    ImageDistribution(
        stack,
        "Distribution",
        source_image=stacks.AMI_ID,
        distribution_configuration=stacks.configuration_in(stack),
        auto_delete_amis=True,
        provider=provider,
    )


PACKS = (HIPAASecurityChecks, NIST80053R4Checks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks)


@pytest.mark.parametrize("role", [None, own_role], ids=["made", "own"])
def test_packs_of_rules_can_be_satisfied(tmp_path: Path, role: Any) -> None:
    """By arguments of ImageDistributionProvider alone, without an acknowledgement of the app's."""
    synthesised(in_a_stack(partial(regulated, role=role)), tmp_path, PACKS)
    assert report(tmp_path) == []


def test_packs_of_rules_find_what_is_missing(tmp_path: Path) -> None:
    """Without those arguments each pack finds something in the function."""
    with pytest.raises(RuntimeError, match="Validation"):
        synthesised(in_a_stack(stacks.amis_deleted), tmp_path, PACKS)
    finding = {found["pluginName"] for found in report(tmp_path) if "ImageDistributionProvider" in str(found)}
    assert len(finding) == len(PACKS), finding


@pytest.mark.parametrize("name", APPS)
def test_no_checker_finds_anything(tmp_path: Path, name: str) -> None:
    """Neither on the examples nor on stacks with every argument and permission."""
    app = synthesised(APPS[name], tmp_path)
    assert report(tmp_path) == []
    assert template_check.problems(tmp_path) == []
    assert warnings(app) == []


def test_the_checkers_check(tmp_path: Path) -> None:
    """A bucket without anything is found by cdk-nag, and a misspelt property by CDK's validation and cfn-lint."""

    def put(app: cdk.App) -> None:
        stack = cdk.Stack(app, "Stack")
        s3.Bucket(stack, "Bucket")
        cdk.CfnResource(stack, "Queue", type="AWS::SQS::Queue", properties={"Colour": "red"})

    with pytest.raises(RuntimeError, match="Validation"):
        synthesised(put, tmp_path)
    plugins = {found["pluginName"] for found in report(tmp_path)}
    assert plugins == {"AwsSolutions", "CloudFormation Validate"}
    assert any("Colour" in found for found in template_check.problems(tmp_path))
