"""The role that Image Builder distributes with: its trust and statements, and what waits for them."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template
from constructs import IConstruct

from cdk_image_distribution import ImageDistribution
from tests.template_graph import everything_before, problems

from . import stacks
from .stacks import AMI_ID
from .statements import allow, arn_of, statements_of
from .test_image_distribution import properties


def test_the_made_role_trusts_image_builder_for_this_account_only(stack: cdk.Stack) -> None:
    """Nobody else's Image Builder can use it: the confused deputy is kept out by aws:SourceAccount."""
    stacks.imported_configuration(stack)
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {
                        "Action": "sts:AssumeRole",
                        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
                        "Effect": "Allow",
                        "Principal": {"Service": "imagebuilder.amazonaws.com"},
                    }
                ],
                "Version": "2012-10-17",
            },
            "ManagedPolicyArns": [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/EC2ImageBuilderExecutionPolicy"}],
        },
    )


def test_the_made_role_may_read_the_parameter_that_image_builder_reads(stack: cdk.Stack) -> None:
    """AWS's managed policy covers parameters below /imagebuilder/ only."""
    stacks.imported_configuration(stack)
    statement = allow("ssm:GetParameter", arn_of("ssm", "parameter/golden/ami"))
    assert statements_of(stack, "DistributionExecutionRole") == [statement]


def test_the_made_role_may_write_to_the_log_group_given(
    stack: cdk.Stack, configuration: imagebuilder.CfnDistributionConfiguration
) -> None:
    """AWS's managed policy covers log groups below /aws/imagebuilder/ only."""
    log_group = logs.LogGroup(stack, "Log")
    ImageDistribution(
        stack,
        "Distribution",
        source_image=AMI_ID,
        distribution_configuration=configuration,
        log_group=log_group,
    )
    statement = allow(["logs:CreateLogStream", "logs:PutLogEvents"], stack.resolve(log_group.log_group_arn))
    assert statements_of(stack, "DistributionExecutionRole") == [statement]


def test_a_role_of_the_users_is_passed_and_not_touched(
    stack: cdk.Stack, configuration: imagebuilder.CfnDistributionConfiguration
) -> None:
    """`execution_role` takes any role, imported ones included."""
    arn = "arn:aws:iam::123456789012:role/path/Distribution"
    distribution = ImageDistribution(
        stack,
        "Distribution",
        source_image=AMI_ID,
        distribution_configuration=configuration,
        execution_role=iam.Role.from_role_arn(stack, "Role", arn),
    )
    assert properties(stack)["ExecutionRole"] == arn
    assert distribution.execution_role.role_arn == arn
    Template.from_stack(stack).resource_count_is("AWS::IAM::Role", 1)
    (passed,) = statements_of(stack, "ImageDistributionProviderPassRole")
    assert passed["Resource"] == arn
    Template.from_stack(stack).resource_count_is("AWS::IAM::Policy", 2)


@jsii.implements(cdk.IAspect)
class _LetLog:
    """An aspect that allows something to each role that the app makes."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, iam.Role) and node.node.id == "ExecutionRole":
            node.add_to_principal_policy(iam.PolicyStatement(actions=["logs:CreateLogGroup"], resources=["*"]))


def _grant(stack: cdk.Stack, distribution: ImageDistribution) -> None:
    kms.Key(stack, "Key").grant_encrypt_decrypt(distribution.execution_role)


def _attach(stack: cdk.Stack, distribution: ImageDistribution) -> None:
    statement = iam.PolicyStatement(actions=["s3:GetObject"], resources=["*"])
    role = distribution.node.find_child("ExecutionRole")
    assert isinstance(role, iam.Role)
    iam.Policy(role, "DefaultPolicy", statements=[statement], roles=[role])


def _visit(stack: cdk.Stack, distribution: ImageDistribution) -> None:
    cdk.Aspects.of(stack).add(_LetLog())


@pytest.mark.parametrize("allow_more", [_grant, _attach, _visit])
def test_distribution_starts_after_what_its_made_role_is_allowed_later(
    stack: cdk.Stack, allow_more: Callable[[cdk.Stack, ImageDistribution], None]
) -> None:
    """By a grant, a policy of the app's, or an aspect."""
    allow_more(stack, stacks.imported_configuration(stack))
    (resource,) = Template.from_stack(stack).find_resources("Custom::ImageDistribution").values()
    assert [id for id in resource["DependsOn"] if id.startswith("DistributionExecutionRoleDefaultPolicy")]


def _refer(role: iam.IRole, template: ec2.LaunchTemplate) -> None:
    arn = f"arn:aws:ec2:eu-west-1:123456789012:launch-template/{template.launch_template_id}"
    role.add_to_principal_policy(iam.PolicyStatement(actions=["ec2:ModifyLaunchTemplate"], resources=[arn]))


def _order(role: iam.IRole, template: ec2.LaunchTemplate) -> None:
    role.add_to_principal_policy(iam.PolicyStatement(actions=["ec2:DescribeLaunchTemplates"], resources=["*"]))
    role.node.find_child("DefaultPolicy").node.add_dependency(template)


def _order_another(role: iam.IRole, template: ec2.LaunchTemplate) -> None:
    after = cdk.CfnWaitConditionHandle(template.stack, "After")
    after.node.add_dependency(template)
    arn = f"arn:aws:s3:::{after.ref}"
    role.add_to_principal_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=[arn]))


@pytest.mark.parametrize("depend", [_refer, _order, _order_another])
@pytest.mark.parametrize("is_made", [True, False])
def test_distribution_does_not_wait_for_a_policy_that_waits_for_it(
    stack: cdk.Stack, is_made: bool, depend: Callable[[iam.IRole, ec2.LaunchTemplate], None]
) -> None:
    """Through other resources of the stack, such as a launch template with the AMI."""
    mine = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com"))
    distribution = ImageDistribution(
        stack,
        "Distribution",
        source_image=AMI_ID,
        distribution_configuration=stacks.CONFIGURATION_ARN,
        execution_role=None if is_made else mine,
    )
    template = ec2.LaunchTemplate(stack, "Template", machine_image=distribution.machine_image())
    depend(distribution.execution_role, template)
    assert problems(Template.from_stack(stack).to_json()) == []


def test_distribution_waits_for_a_policy_on_other_resources_of_the_stack(stack: cdk.Stack) -> None:
    """They lead to none of its distributions."""
    distribution = stacks.imported_configuration(stack)
    template = ec2.LaunchTemplate(stack, "Template", machine_image=ec2.MachineImage.latest_amazon_linux2023())
    _refer(distribution.execution_role, template)
    resources = Template.from_stack(stack).to_json()
    (resource,) = (id for id, it in resources["Resources"].items() if it["Type"] == "Custom::ImageDistribution")
    assert any("ExecutionRoleDefaultPolicy" in id for id in everything_before(resources, resource))
