"""Who may do what: the function's statements and the made execution role's, exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template
from constructs import IConstruct

from cdk_image_distribution import ImageDistribution

from ..template_graph import everything_before
from . import stacks
from .stacks import AMI_ID
from .test_image_distribution import TYPE, properties

Distribution = imagebuilder.CfnDistributionConfiguration.DistributionProperty


def statements_of(stack: cdk.Stack, policy: str = "ImageDistributionProviderRoleDefaultPolicy") -> list[Any]:
    """Return the statements of the policy whose logical id begins so, the function's by default."""
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy").items()
    (found,) = (resource for id, resource in policies if id.startswith(policy))
    statements: list[Any] = found["Properties"]["PolicyDocument"]["Statement"]
    return statements


def arn_of(service: str, resource: str) -> dict[str, Any]:
    """Return an ARN of the stack's Region and account as a template has it."""
    return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":{service}:eu-west-1:123456789012:{resource}"]]}


STACK_UUID = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
PARTITION = {"Ref": "AWS::Partition"}
RULES = {"Fn::Join": ["", ["arn:", PARTITION, ":events:eu-west-1:123456789012:rule/ami-", STACK_UUID, "-*"]]}
STACK_NAME = {"Ref": "AWS::StackName"}
ROLES = {
    "Fn::Join": [
        "",
        ["arn:", PARTITION, ":iam::123456789012:role/cdk-image-distribution/eu-west-1/", STACK_NAME, "/*"],
    ],
}
ANY_IMAGE = {"Fn::Join": ["", ["arn:", PARTITION, ":imagebuilder:eu-west-1:*:image/*"]]}
TO_IMAGE_BUILDER = {"StringEquals": {"iam:PassedToService": "imagebuilder.amazonaws.com"}}
OF_THE_FUNCTION = {"ForAllValues:StringEquals": {"events:source": "cdk-image-distribution"}}
IN_REQUEST = {"StringEquals": {"aws:RequestTag/cdk-image-distribution:stack-id": {"Ref": "AWS::StackId"}}}
ON_IMAGE = {"StringEquals": {"aws:ResourceTag/cdk-image-distribution:stack-id": {"Ref": "AWS::StackId"}}}


def allow(action: str | list[str], resource: Any, condition: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a statement as a template has it."""
    statement = {"Action": action, "Effect": "Allow", "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def test_the_function_may_do_exactly_this(stack: cdk.Stack) -> None:
    """The policy names each action and resource; where AWS allows only "*", the action only reads."""
    stacks.imported_configuration(stack)
    assert statements_of(stack) == [
        allow(
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            {"Fn::GetAtt": ["ImageDistributionProviderLogGroup60604374", "Arn"]},
        ),
        allow("imagebuilder:GetImage", ANY_IMAGE),
        allow("imagebuilder:GetDistributionConfiguration", arn_of("imagebuilder", "distribution-configuration/*")),
        allow("imagebuilder:DistributeImage", ANY_IMAGE, IN_REQUEST),
        allow("imagebuilder:TagResource", arn_of("imagebuilder", "image/*"), IN_REQUEST),
        allow(
            [
                "imagebuilder:CancelImageCreation",
                "imagebuilder:DeleteImage",
                "imagebuilder:RetryImage",
                "imagebuilder:StartResourceStateUpdate",
                "imagebuilder:UntagResource",
            ],
            arn_of("imagebuilder", "image/*"),
            ON_IMAGE,
        ),
        allow("imagebuilder:GetLifecycleExecution", arn_of("imagebuilder", "lifecycle-execution/*")),
        allow("iam:PassRole", ROLES, TO_IMAGE_BUILDER),
        allow(["events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"], RULES),
        allow("events:PutEvents", arn_of("events", "event-bus/default"), OF_THE_FUNCTION),
        allow(["ec2:DescribeImages", "events:ListRules", "tag:GetResources"], "*"),
        allow(
            [
                "cloudformation:DescribeStackEvents",
                "cloudformation:DescribeStackResource",
                "cloudformation:DescribeStacks",
            ],
            {"Ref": "AWS::StackId"},
        ),
    ]


@pytest.mark.parametrize(
    "declare",
    [stacks.all_arguments, stacks.two_distributions, stacks.six_hours, stacks.amis_deleted, stacks.every_permission],
)
def test_the_functions_policy_is_the_same_for_every_distribution(declare: Callable[[cdk.Stack], object]) -> None:
    """Whatever is distributed where, and also if AMIs are deleted: a removed distribution's Delete needs it too."""
    found = []
    for put in (stacks.imported_configuration, declare):
        stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="123456789012", region="eu-west-1"))
        put(stack)
        (policy,) = (
            policy
            for id, policy in Template.from_stack(stack).find_resources("AWS::IAM::Policy").items()
            if "RoleDefaultPolicy" in id
        )
        # The first statement is on the log group, whose logical id has the provider's.
        found.append(policy["Properties"]["PolicyDocument"]["Statement"][1:])
    assert found[0] == found[1]


def test_a_made_role_is_at_the_path_that_the_function_may_pass(
    stack: cdk.Stack, configuration: imagebuilder.CfnDistributionConfiguration
) -> None:
    """The execution role and the lifecycle role; neither is named in a policy."""
    ImageDistribution(
        stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration, auto_delete_amis=True
    )
    template = Template.from_stack(stack)
    made = {id for id in template.find_resources("AWS::IAM::Role") if id.startswith("Distribution")}
    path = {"Fn::Sub": "/cdk-image-distribution/${AWS::Region}/${AWS::StackName}/"}
    assert made == set(template.find_resources("AWS::IAM::Role", {"Properties": {"Path": path}}))
    assert len(made) == 2
    template.resource_count_is("AWS::IAM::Policy", 1)
    found = properties(stack)
    assert found["AutoDeleteAmis"] == "true"
    assert found["LifecycleRole"] == {"Fn::GetAtt": ["DistributionLifecycleRole876DC75E", "Arn"]}


def test_each_role_given_has_a_policy_that_its_distributions_share(stack: cdk.Stack) -> None:
    """One for each role, named by it, so that a change of role is a new policy and leaves the old one."""
    mine = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com"))
    theirs = "arn:aws:iam::123456789012:role/path/Theirs"
    roles = [
        mine,
        mine,
        iam.Role.from_role_arn(stack, "Theirs", theirs),
        iam.Role.from_role_arn(stack, "TheirsToo", theirs),
        iam.Role.from_role_name(stack, "Named", "named"),
        iam.Role.from_role_name(stack, "NamedToo", "named"),
    ]
    for number, role in enumerate(roles):
        ImageDistribution(
            stack,
            f"Image{number}",
            source_image=AMI_ID,
            distribution_configuration=stacks.CONFIGURATION_ARN,
            execution_role=role,
        )
    template = Template.from_stack(stack)
    policies = {id: it for id, it in template.find_resources("AWS::IAM::Policy").items() if "PassRole" in id}
    passed = [policy["Properties"]["PolicyDocument"]["Statement"] for policy in policies.values()]
    named = {"Fn::Join": ["", ["arn:", PARTITION, ":iam::123456789012:role/named"]]}
    assert sorted(passed, key=str) == sorted(
        [[allow("iam:PassRole", arn, TO_IMAGE_BUILDER)] for arn in (stack.resolve(mine.role_arn), theirs, named)],
        key=str,
    )
    depends = [
        next(id for id in resource["DependsOn"] if id in policies)
        for resource in template.find_resources(TYPE).values()
    ]
    assert depends[0] == depends[1]
    assert depends[2] == depends[3]
    assert depends[4] == depends[5]
    assert len(set(depends)) == 3


def test_the_function_may_read_the_parameter_of_an_ssm_source(stack: cdk.Stack) -> None:
    """DistributeImage checks it of its caller; distributions of the same parameter share the policy."""
    for name in ("First", "Second"):
        ImageDistribution(
            stack, name, source_image="ssm:/golden/ami", distribution_configuration=stacks.CONFIGURATION_ARN
        )
    statement = allow("ssm:GetParameter", arn_of("ssm", "parameter/golden/ami"))
    assert statements_of(stack, "ImageDistributionProviderGetParameter") == [statement]
    template = Template.from_stack(stack)
    (policy,) = (id for id in template.find_resources("AWS::IAM::Policy") if "GetParameter" in id)
    assert all(policy in resource["DependsOn"] for resource in template.find_resources(TYPE).values())


def test_only_rules_of_this_stack_may_call_the_function(stack: cdk.Stack) -> None:
    """One permission for the prefix of the stack's rules, however many wait."""
    stacks.two_distributions(stack)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::Permission", 1)
    template.has_resource_properties(
        "AWS::Lambda::Permission",
        {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": RULES},
    )


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


def test_every_custom_resource_depends_on_the_functions_policies_and_permission(stack: cdk.Stack) -> None:
    """At deletion CloudFormation goes backwards: when the last Delete comes, all still stand."""
    stacks.six_hours(stack)
    template = dict(Template.from_stack(stack).to_json())
    needed = {
        id
        for id, resource in template["Resources"].items()
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::Lambda::Permission", "AWS::Lambda::EventInvokeConfig")
    }
    assert len(needed) == 3
    for id, resource in template["Resources"].items():
        if resource["Type"].startswith("Custom::"):
            assert needed <= everything_before(template, id)


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
