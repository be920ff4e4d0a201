"""Who may do what: the function's statements, exactly, and who may call it."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk.assertions import Template

from cdk_image_distribution import ImageDistribution, SourceImage

from ..template_graph import everything_before
from . import stacks
from .stacks import AMI_ID
from .statements import allow, arn_of, statements_of
from .test_image_distribution import TYPE, properties

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


@pytest.mark.parametrize("by_name", [True, False])
def test_a_public_parameter_is_named_without_an_account(stack: cdk.Stack, by_name: bool) -> None:
    """As AWS names it, for the function and for the execution role."""
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    ImageDistribution(
        stack,
        "Distribution",
        source_image=f"ssm:{name}" if by_name else SourceImage.from_ssm_reference(name),
        distribution_configuration=stacks.CONFIGURATION_ARN,
    )
    arn = {"Fn::Join": ["", ["arn:", PARTITION, f":ssm:eu-west-1::parameter{name}"]]}
    for policy in ("ImageDistributionProviderGetParameter", "DistributionExecutionRole"):
        assert statements_of(stack, policy) == [allow("ssm:GetParameter", arn)]


def test_only_rules_of_this_stack_may_call_the_function(stack: cdk.Stack) -> None:
    """One permission for the prefix of the stack's rules, however many wait."""
    stacks.two_distributions(stack)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::Permission", 1)
    template.has_resource_properties(
        "AWS::Lambda::Permission",
        {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": RULES},
    )


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
