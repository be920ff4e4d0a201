"""Who may do what: the function's statements and the made execution role's, exactly."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Match, Template

from cdk_image_distribution import ImageDistribution

from . import stacks
from .stacks import AMI_ID
from .test_image_distribution import TYPE, properties

Distribution = imagebuilder.CfnDistributionConfiguration.DistributionProperty


def statements_of(stack: cdk.Stack) -> list[Any]:
    """Return the statements of the function's policy."""
    (policy,) = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    statements: list[Any] = policy["Properties"]["PolicyDocument"]["Statement"]
    return statements


def arn_of(service: str, resource: str) -> dict[str, Any]:
    """Return an ARN of the stack's Region and account as a template has it."""
    return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":{service}:eu-west-1:123456789012:{resource}"]]}


RULES = {
    "Fn::Join": [
        "",
        [
            "arn:",
            {"Ref": "AWS::Partition"},
            ":events:eu-west-1:123456789012:rule/ami-",
            {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]},
            "-*",
        ],
    ]
}


def test_the_function_may_do_exactly_this(stack: cdk.Stack) -> None:
    """The policy names each action and resource; where AWS allows only "*", it is a look and no change."""
    stacks.imported_configuration(stack)
    assert statements_of(stack) == [
        {
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": ["ImageDistributionProviderLogGroup60604374", "Arn"]},
        },
        {
            "Action": [
                "imagebuilder:CancelImageCreation",
                "imagebuilder:DeleteImage",
                "imagebuilder:DistributeImage",
                "imagebuilder:GetImage",
                "imagebuilder:TagResource",
                "imagebuilder:UntagResource",
            ],
            "Effect": "Allow",
            "Resource": arn_of("imagebuilder", "image/*"),
        },
        {
            "Action": ["events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"],
            "Effect": "Allow",
            "Resource": RULES,
        },
        {"Action": ["events:ListRules", "tag:GetResources"], "Effect": "Allow", "Resource": "*"},
        {
            "Action": "cloudformation:DescribeStackResource",
            "Effect": "Allow",
            "Resource": {"Ref": "AWS::StackId"},
        },
        {
            "Action": "iam:PassRole",
            "Condition": {"StringEquals": {"iam:PassedToService": "imagebuilder.amazonaws.com"}},
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": ["DistributionExecutionRoleE67ABCF7", "Arn"]},
        },
    ]


def test_deleting_amis_takes_permissions_that_nobody_else_gets(
    stack: cdk.Stack, configuration: imagebuilder.CfnDistributionConfiguration
) -> None:
    """Only `auto_delete_amis` lets the function change an image's state, and pass the role for that."""
    ImageDistribution(
        stack,
        "Distribution",
        source_image=AMI_ID,
        distribution_configuration=configuration,
        auto_delete_amis=True,
    )
    (passing,) = (statement for statement in statements_of(stack) if statement["Action"] == "iam:PassRole")
    assert passing["Resource"] == [
        {"Fn::GetAtt": ["DistributionExecutionRoleE67ABCF7", "Arn"]},
        {"Fn::GetAtt": ["DistributionLifecycleRole876DC75E", "Arn"]},
    ]
    assert statements_of(stack)[-3:] == [
        {
            "Action": "imagebuilder:StartResourceStateUpdate",
            "Effect": "Allow",
            "Resource": arn_of("imagebuilder", "image/*"),
        },
        {
            "Action": "imagebuilder:GetLifecycleExecution",
            "Effect": "Allow",
            "Resource": arn_of("imagebuilder", "lifecycle-execution/*"),
        },
        {"Action": "ec2:DescribeImages", "Effect": "Allow", "Resource": "*"},
    ]
    found = properties(stack)
    assert found["AutoDeleteAmis"] == "true"
    assert found["LifecycleRole"] == {"Fn::GetAtt": ["DistributionLifecycleRole876DC75E", "Arn"]}


def test_only_rules_of_this_stack_may_call_the_function(stack: cdk.Stack) -> None:
    """One permission for the prefix of the stack's rules, however many wait."""
    stacks.two_distributions(stack)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::Permission", 1)
    template.has_resource_properties(
        "AWS::Lambda::Permission",
        {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": RULES},
    )


def test_pass_role_names_each_execution_role_in_one_statement(stack: cdk.Stack) -> None:
    """A hundred distributions add a hundred ARNs to the policy, not a hundred statements."""
    stacks.two_distributions(stack)
    (policy,) = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    passing = [
        statement
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "iam:PassRole"
    ]
    assert len(passing) == 1
    assert len(passing[0]["Resource"]) == 2


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
                        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
                        "Effect": "Allow",
                        "Principal": {"Service": "imagebuilder.amazonaws.com"},
                    }
                ],
                "Version": "2012-10-17",
            },
            "ManagedPolicyArns": [
                {
                    "Fn::Join": [
                        "",
                        [
                            "arn:",
                            {"Ref": "AWS::Partition"},
                            ":iam::aws:policy/EC2ImageBuilderExecutionPolicy",
                        ],
                    ]
                }
            ],
        },
    )


def test_the_made_role_may_read_the_parameter_that_image_builder_reads(stack: cdk.Stack) -> None:
    """AWS's managed policy covers parameters below /imagebuilder/ only."""
    stacks.imported_configuration(stack)
    parameter = ["arn:", {"Ref": "AWS::Partition"}, ":ssm:eu-west-1:123456789012:parameter/golden/ami"]
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Role",
        {
            "Policies": [
                {
                    "PolicyDocument": {
                        "Statement": [
                            {
                                "Action": "ssm:GetParameter",
                                "Effect": "Allow",
                                "Resource": {"Fn::Join": ["", parameter]},
                            }
                        ]
                    }
                }
            ]
        },
    )


def test_the_made_role_may_write_to_the_log_group_given(
    stack: cdk.Stack, configuration: imagebuilder.CfnDistributionConfiguration
) -> None:
    """AWS's managed policy covers log groups below /aws/imagebuilder/ only."""
    ImageDistribution(
        stack,
        "Distribution",
        source_image=AMI_ID,
        distribution_configuration=configuration,
        log_group=logs.LogGroup(stack, "Log"),
    )
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Role",
        {
            "Policies": [
                {
                    "PolicyDocument": {
                        "Statement": [
                            {
                                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                                "Effect": "Allow",
                                "Resource": {"Fn::GetAtt": [Match.string_like_regexp("^Log"), "Arn"]},
                            }
                        ]
                    }
                }
            ]
        },
    )


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
    Template.from_stack(stack).resource_count_is("AWS::IAM::Policy", 1)


def test_every_custom_resource_depends_on_the_functions_policy_and_permission(stack: cdk.Stack) -> None:
    """At deletion CloudFormation goes backwards: when the last Delete comes, both still stand."""
    stacks.six_hours(stack)
    template = Template.from_stack(stack)
    (policy,), (permission,) = (
        template.find_resources(kind) for kind in ("AWS::IAM::Policy", "AWS::Lambda::Permission")
    )
    custom = {**template.find_resources(TYPE), **template.find_resources("Custom::ImageDistributionWait")}
    first = [resource for id, resource in custom.items() if "Segment" not in id and "Wait" not in id]
    first += [resource for id, resource in custom.items() if "Segment1" in id]
    assert len(first) == 2
    for resource in first:
        assert {policy, permission} <= set(resource["DependsOn"])
