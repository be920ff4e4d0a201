"""The function behind the distributions: its settings, and whose it is."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Annotations, Match, Template

from cdk_image_distribution import ImageDistribution, ImageDistributionProvider
from tests.template_graph import everything_before, problems

from .stacks import AMI_ID, CONFIGURATION_ARN, KEY_ARN, vpc_in


def declare(
    stack: cdk.Stack, id: str = "Distribution", provider: ImageDistributionProvider | None = None, **arguments: Any
) -> ImageDistribution:
    """Declare a distribution with a provider."""
    return ImageDistribution(
        stack, id, source_image=AMI_ID, distribution_configuration=CONFIGURATION_ARN, provider=provider, **arguments
    )


def test_settings_reach_the_function_and_its_log(stack: cdk.Stack) -> None:
    """Memory, the key of the environment, and how long the log is kept."""
    declare(
        stack,
        provider=ImageDistributionProvider(
            stack,
            "Provider",
            log_retention=logs.RetentionDays.ONE_YEAR,
            memory_size=512,
            environment_encryption=kms.Key.from_key_arn(stack, "Key", KEY_ARN),
        ),
    )
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::Lambda::Function", {"MemorySize": 512, "KmsKeyArn": KEY_ARN})
    template.has_resource_properties("AWS::Logs::LogGroup", {"RetentionInDays": 365})


def test_own_role_gets_the_functions_policies(stack: cdk.Stack) -> None:
    """Those of a role that is made, and for what the distributions bring."""
    passed = iam.Role.from_role_arn(stack, "Passed", "arn:aws:iam::123456789012:role/Passed")
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    provider = ImageDistributionProvider(stack, "Provider", role=role)
    ImageDistribution(
        stack,
        "Distribution",
        source_image=AMI_ID,
        distribution_configuration=CONFIGURATION_ARN,
        execution_role=passed,
        provider=provider,
    )
    template = Template.from_stack(stack)
    reference = stack.resolve(role.role_name)
    template.has_resource_properties("AWS::Lambda::Function", {"Role": stack.resolve(role.role_arn)})
    template.resource_count_is("AWS::IAM::Role", 1)
    policies = template.find_resources("AWS::IAM::Policy", {"Properties": {"Roles": [reference]}})
    assert len(policies) == 2
    statements = [it for found in policies.values() for it in found["Properties"]["PolicyDocument"]["Statement"]]
    expected = ImageDistributionProvider.policy_statements(stack, provider.log_group)
    assert [stack.resolve(it.to_statement_json()) for it in expected] == statements[:-1]
    assert statements[-1]["Action"] == "iam:PassRole"
    assert provider.role is role


@pytest.mark.parametrize("by_function", [True, False])
@pytest.mark.parametrize("is_made", [True, False])
def test_a_grant_on_the_image_to_the_function_makes_no_cycle(
    stack: cdk.Stack, is_made: bool, by_function: bool
) -> None:
    """The function is there before the image, and so are its role's other policies."""
    mine = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    provider = ImageDistributionProvider(stack, "Provider", role=None if is_made else mine)
    distribution = declare(stack, provider=provider)
    grantee: iam.IGrantable = provider.function if by_function else provider.role
    actions = ("imagebuilder:GetImage", "imagebuilder:ListTagsForResource")
    for action in actions:
        assert distribution.grant(grantee, action).success
    template = Template.from_stack(stack).to_json()
    assert problems(template) == []
    (granted,) = (it["Properties"] for id, it in template["Resources"].items() if id.startswith("ProviderGrants"))
    assert granted["Roles"] == [stack.resolve(provider.role.role_name)]
    assert [it["Action"] for it in granted["PolicyDocument"]["Statement"]] == list(actions)


@pytest.mark.parametrize("made", [False, True])
def test_policies_on_a_role_of_elsewhere_are_named_by_the_stack_and_the_provider(made: bool) -> None:
    """The stacks and the providers that share the role would otherwise replace and delete each other's."""
    app = cdk.App()
    home = cdk.Stack(app, "Home")
    role = iam.Role(home, "Shared", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    stack = cdk.Stack(app, "Stack")
    shared = role if made else iam.Role.from_role_name(stack, "Shared", "shared")
    for name in ("First", "Second"):
        provider = ImageDistributionProvider(stack, name, role=shared)
        execution_role = iam.Role.from_role_name(stack, f"{name}Role", "distributes")
        declare(stack, f"{name}Image", provider, execution_role=execution_role)
    template = Template.from_stack(stack).to_json()
    assert not Template.from_stack(home).find_resources("AWS::IAM::Policy")
    policies = {id: it for id, it in template["Resources"].items() if it["Type"] == "AWS::IAM::Policy"}
    names = [str(policy["Properties"]["PolicyName"]) for policy in policies.values()]
    assert len(set(names)) == len(names) == 4
    assert all("{'Ref': 'AWS::StackId'}" in name for name in names)
    for id, resource in template["Resources"].items():
        if resource["Type"] == "Custom::ImageDistribution":
            assert len(everything_before(template, id) & policies.keys()) == 2
        if resource["Type"] == "AWS::Lambda::Function":
            assert len(everything_before(template, id) & policies.keys()) == 1
    assert problems(template) == []


def test_own_role_that_takes_no_updates_gets_none(stack: cdk.Stack) -> None:
    """Its policies are the user's; policy_statements() has what they must allow."""
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    passed = iam.Role.from_role_arn(stack, "Passed", "arn:aws:iam::123456789012:role/Passed")
    ImageDistribution(
        stack,
        "Distribution",
        source_image="ssm:/golden/ami",
        distribution_configuration=CONFIGURATION_ARN,
        execution_role=passed,
        provider=ImageDistributionProvider(stack, "Provider", role=role.without_policy_updates()),
    )
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::IAM::Policy", 0)
    assert problems(template.to_json()) == []


def test_own_log_group_is_the_functions(stack: cdk.Stack) -> None:
    """No other is made, and the role may write to it."""
    group = logs.LogGroup.from_log_group_name(stack, "Mine", "/mine")
    provider = ImageDistributionProvider(stack, "Provider", log_group=group)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Logs::LogGroup", 0)
    template.has_resource_properties("AWS::Lambda::Function", {"LoggingConfig": {"LogGroup": "/mine"}})
    assert stack.resolve(group.log_group_arn) in [
        statement["Resource"]
        for policy in template.find_resources("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert provider.log_group is group


def test_retention_of_an_own_log_group_is_refused(stack: cdk.Stack) -> None:
    """It would be ignored."""
    group = logs.LogGroup.from_log_group_name(stack, "Mine", "/mine")
    with pytest.raises(ValueError, match="log_retention must be None if log_group is given, got Retention"):
        ImageDistributionProvider(stack, "Provider", log_group=group, log_retention=logs.RetentionDays.ONE_DAY)


def test_failed_requests_go_where_the_user_wants_them(stack: cdk.Stack) -> None:
    """To a dead-letter queue and a destination; the function is traced and limited."""
    queue = sqs.Queue(stack, "Queue")
    ImageDistributionProvider(
        stack,
        "Provider",
        dead_letter_queue=queue,
        on_failure=destinations.SqsDestination(queue),
        tracing=lambda_.Tracing.ACTIVE,
        reserved_concurrent_executions=5,
    )
    template = Template.from_stack(stack)
    arn = stack.resolve(queue.queue_arn)
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "DeadLetterConfig": {"TargetArn": arn},
            "ReservedConcurrentExecutions": 5,
            "TracingConfig": {"Mode": "Active"},
        },
    )
    template.has_resource_properties(
        "AWS::Lambda::EventInvokeConfig",
        {
            "DestinationConfig": {"OnFailure": {"Destination": arn}},
            "MaximumEventAgeInSeconds": 900,
            "MaximumRetryAttempts": 2,
        },
    )


def test_function_is_there_for_alarms_and_its_connections_for_rules(stack: cdk.Stack) -> None:
    """As the L2s of CDK have them."""
    provider = ImageDistributionProvider(stack, "Provider", vpc=vpc_in(stack))
    provider.function.metric_errors().create_alarm(stack, "Alarm", threshold=1, evaluation_periods=1)
    provider.role.add_to_principal_policy(iam.PolicyStatement(actions=["s3:ListBucket"], resources=["*"]))
    database = ec2.SecurityGroup.from_security_group_id(stack, "Database", "sg-0123456789abcdef1")
    database.connections.allow_from(provider, ec2.Port.tcp(443))
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::CloudWatch::Alarm", 1)
    template.resource_count_is("AWS::EC2::SecurityGroupIngress", 1)
    assert "s3:ListBucket" in str(template.find_resources("AWS::IAM::Policy"))


def test_a_permissions_boundary_goes_on_by_cdks_usual_way(stack: cdk.Stack) -> None:
    """On every role that is made, the function's and the distribution's."""
    declare(stack)
    arn = "arn:aws:iam::123456789012:policy/Boundary"
    iam.PermissionsBoundary.of(stack).apply(iam.ManagedPolicy.from_managed_policy_arn(stack, "Boundary", arn))
    roles = Template.from_stack(stack).find_resources("AWS::IAM::Role")
    assert len(roles) == 2
    assert {role["Properties"].get("PermissionsBoundary") for role in roles.values()} == {arn}


def test_a_distribution_uses_the_provider_given_to_it(stack: cdk.Stack) -> None:
    """Start and wait go there, and no other is made; the next distribution without one gets the stack's own."""
    mine = ImageDistributionProvider(stack, "Mine")
    declare(stack, provider=mine)
    template_tokens = [stack.resolve(mine.function.function_arn)] * 2
    declare(stack, "Other")
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::Function", 2)
    resources = {**template.find_resources("Custom::ImageDistribution")}
    resources.update(template.find_resources("Custom::ImageDistributionWait"))
    mine_are = [found["Properties"]["ServiceToken"] for id, found in resources.items() if id.startswith("Distribution")]
    assert mine_are == template_tokens


def test_a_provider_passes_the_roles_of_its_own_distributions_only(stack: cdk.Stack) -> None:
    """Each function may pass the roles that its distributions are given, and none of another's."""
    for name, number in (("First", "One"), ("Second", "Two")):
        role = iam.Role(stack, name, assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com"))
        declare(stack, f"{name}Image", ImageDistributionProvider(stack, number), execution_role=role)
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    passed = {
        policy["Properties"]["Roles"][0]["Ref"][:3]: statement["Resource"]["Fn::GetAtt"][0]
        for id, policy in policies.items()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "PassRole" in id
    }
    assert passed["One"].startswith("First")
    assert passed["Two"].startswith("Second")


@pytest.mark.parametrize(("number", "warnings"), [(20, 0), (40, 1)])
def test_more_policies_than_a_role_holds_are_warned_of(stack: cdk.Stack, number: int, warnings: int) -> None:
    """Each role that is given has a policy, and IAM takes 10,240 characters of them."""
    for place in range(number):
        declare(
            stack, f"Image{place}", execution_role=iam.Role.from_role_name(stack, f"Role{place}", "r" * 60 + f"{place}")
        )
    found = Annotations.from_stack(stack).find_warning(
        "*", Match.string_like_regexp("The function's role has .* policies")
    )
    assert len(found) == warnings


def test_a_provider_of_another_stack_is_refused(stack: cdk.Stack) -> None:
    """Its permissions name the rules of its own stack, so that a wait elsewhere would never be polled."""
    nested = cdk.NestedStack(stack, "Nested")
    provider = ImageDistributionProvider(nested, "Provider")
    with pytest.raises(ValueError, match="provider must be in the distribution's own stack, Stack, got one in Stack/N"):
        declare(stack, provider=provider)
