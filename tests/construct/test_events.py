"""EventBridge rules and grants for the image of a distribution."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from cdk_image_distribution import IImageDistribution, ImageDistribution
from cdk_image_distribution._image_events import AVAILABLE, FAILURE

from . import stacks

IMAGE_ARN = "arn:aws:imagebuilder:eu-west-1:123456789012:image/golden/1.0.0/1"

#: The image's ARN as the start answers it: a rule on the wait's would be there when all is over.
STARTED = {"Fn::GetAtt": ["Distribution830FAC52", "ImageArn"]}


@pytest.fixture
def distribution(stack: cdk.Stack) -> ImageDistribution:
    """A distribution that is waited for."""
    return stacks.imported_configuration(stack)


def rule(stack: cdk.Stack) -> dict[str, Any]:
    """Return the properties of the stack's one rule."""
    (found,) = Template.from_stack(stack).find_resources("AWS::Events::Rule").values()
    properties: dict[str, Any] = found["Properties"]
    return properties


ENDS_BADLY = [f"Image Distribution {end}" for end in ("Failed", "Timed Out", "Refused", "Cancelled")]


@pytest.mark.parametrize(
    ("method", "detail_types"),
    [
        ("on_available", ["Image Distribution Available"]),
        ("on_failure", ENDS_BADLY),
        ("on_progress", ["Image Distribution Started", "Image Distribution Available", *ENDS_BADLY]),
    ],
)
def test_rule_matches_the_functions_events_of_this_distribution(
    stack: cdk.Stack, distribution: ImageDistribution, method: str, detail_types: list[str]
) -> None:
    """By stack and logical id: a distribution that is refused has no image."""
    assert isinstance(getattr(distribution, method)("Rule"), events.Rule)
    assert rule(stack) == {
        "State": "ENABLED",
        "EventPattern": {
            "source": ["cdk-image-distribution"],
            "detail-type": detail_types,
            "detail": {"stack-name": ["Stack"], "logical-resource-id": ["Distribution830FAC52"]},
        },
    }
    (wait,) = Template.from_stack(stack).find_resources("Custom::ImageDistributionWait").values()
    assert wait["Properties"]["Distribution"] == "Distribution830FAC52"


def test_rule_of_another_stack_refers_to_nothing(stack: cdk.Stack, distribution: ImageDistribution) -> None:
    """So the stack with the alarms can be deployed first, and no export is in its way."""
    app = stack.node.scope
    assert isinstance(app, cdk.App)
    alarms = cdk.Stack(app, "Alarms", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    distribution.on_failure("Rule", cross_stack_scope=alarms)
    assert rule(alarms)["EventPattern"]["detail"] == {
        "stack-name": ["Stack"],
        "logical-resource-id": ["Distribution830FAC52"],
    }
    assert "Outputs" not in Template.from_stack(stack).to_json()
    assert alarms.dependencies == []


def test_rule_of_a_nested_stack_knows_its_name(stack: cdk.Stack) -> None:
    """CloudFormation makes the name, so that the pattern refers to it."""
    nested = cdk.NestedStack(stack, "Nested")
    distribution = stacks.imported_configuration(nested)
    distribution.on_failure("Rule")
    (found,) = Template.from_stack(nested).find_resources("AWS::Events::Rule").values()
    assert found["Properties"]["EventPattern"]["detail"]["stack-name"] == [{"Ref": "AWS::StackName"}]


@pytest.mark.parametrize(
    ("method", "statuses"),
    [
        ("on_state_change", None),
        ("on_progress", None),
        ("on_available", ["AVAILABLE"]),
        ("on_failure", ["FAILED", "CANCELLED"]),
    ],
)
def test_rule_without_a_wait_matches_the_states_of_this_image(
    stack: cdk.Stack, method: str, statuses: list[str] | None
) -> None:
    """Image Builder's event, this image's ARN, and the states: the function does not see the end."""
    distribution = ImageDistribution(
        stack,
        "Distribution",
        source_image="ssm:/golden/ami",
        distribution_configuration=stacks.CONFIGURATION_ARN,
        wait=False,
    )
    made = getattr(distribution, method)("Rule")
    assert isinstance(made, events.Rule)
    pattern = {
        "source": ["aws.imagebuilder"],
        "detail-type": ["EC2 Image Builder Image State Change"],
        "resources": [STARTED],
    }
    detail = {"detail": {"state": {"status": statuses}}} if statuses else {}
    assert rule(stack) == {"State": "ENABLED", "EventPattern": {**pattern, **detail}}


def test_the_options_are_those_of_cdks_own_on_event_methods(stack: cdk.Stack, distribution: ImageDistribution) -> None:
    """Target, description, name, and a pattern that narrows ours."""
    distribution.on_failure(
        "Rule",
        target=targets.SnsTopic(sns.Topic(stack, "Topic")),
        description="Wakes somebody up.",
        rule_name="golden-image-failed",
        event_pattern=events.EventPattern(account=["123456789012"]),
    )
    found = rule(stack)
    assert found["Description"] == "Wakes somebody up."
    assert found["Name"] == "golden-image-failed"
    assert found["EventPattern"]["account"] == ["123456789012"]
    assert found["EventPattern"]["source"] == ["cdk-image-distribution"]
    assert [target["Arn"] for target in found["Targets"]] == [{"Ref": "TopicBFC7AF6E"}]


def test_a_rule_can_go_where_its_target_is(stack: cdk.Stack, distribution: ImageDistribution) -> None:
    """`cross_stack_scope` breaks a cycle between two stacks."""
    app = stack.node.scope
    assert isinstance(app, cdk.App)
    there = cdk.Stack(app, "There", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    assert cdk.Stack.of(distribution.on_available("Rule", cross_stack_scope=there)) is there


def test_rule_in_another_region_than_the_image_is_refused(stack: cdk.Stack, distribution: ImageDistribution) -> None:
    """Image Builder's events stay in the image's Region, so that the rule would match none."""
    app = stack.node.scope
    assert isinstance(app, cdk.App)
    there = cdk.Stack(app, "There", env=cdk.Environment(account="123456789012", region="us-east-1"))
    imported = ImageDistribution.from_image_arn(there, "Imported", IMAGE_ARN)
    message = "must be in the image's Region, eu-west-1, got us-east-1. Make it in a stack of that Region"
    with pytest.raises(ValueError, match=message):
        distribution.on_available("Rule", cross_stack_scope=there)
    with pytest.raises(ValueError, match=message):
        imported.on_failure("Rule")
    imported.on_failure("Rule", cross_stack_scope=stack)


@pytest.mark.parametrize("region", ["eu-west-1", None])
def test_imported_distribution_has_rules_and_grants(region: str | None) -> None:
    """By the ARN of its image, which it gives back; no function and no custom resource is made."""
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="123456789012", region=region))
    imported: IImageDistribution = ImageDistribution.from_image_arn(stack, "Imported", IMAGE_ARN)
    imported.on_available("Rule")
    imported.grant_read(iam.Role(stack, "Watcher", assumed_by=iam.AccountRootPrincipal()))
    assert imported.image_arn == IMAGE_ARN
    assert rule(stack)["EventPattern"]["resources"] == [IMAGE_ARN]
    template = Template.from_stack(stack)
    (policy,) = template.find_resources("AWS::IAM::Policy").values()
    assert policy["Properties"]["PolicyDocument"]["Statement"][0]["Resource"] == IMAGE_ARN
    assert len(template.to_json()["Resources"]) == 3


def test_imported_arn_may_be_a_token(stack: cdk.Stack) -> None:
    """Such as another stack's export, or an SSM parameter."""
    arn = cdk.Fn.import_value("GoldenImageArn")
    ImageDistribution.from_image_arn(stack, "Imported", arn).on_failure("Rule")
    assert rule(stack)["EventPattern"]["resources"] == [{"Fn::ImportValue": "GoldenImageArn"}]


@pytest.mark.parametrize("arn", ["golden", IMAGE_ARN.removesuffix("/1"), IMAGE_ARN.replace("/1.0.0/1", "/x.x.x")])
def test_imported_arn_that_is_no_build_version_is_refused(stack: cdk.Stack, arn: str) -> None:
    """A version stands for its latest build, but events and permissions name a build."""
    with pytest.raises(ValueError, match=r"image_arn must be the ARN of a build version \(arn:"):
        ImageDistribution.from_image_arn(stack, "Imported", arn)


def test_what_is_no_option_is_a_type_error(distribution: ImageDistribution) -> None:
    """A typing error is not ignored."""
    with pytest.raises(TypeError, match="tarket"):
        distribution.on_available("Rule", tarket=None)  # type: ignore[call-arg]


def test_creation_ends_in_states_that_the_rules_know() -> None:
    """Image Builder's own waiter ends in these; a new one would be missed by both rules."""
    import botocore.session

    waiters = botocore.session.get_session().get_waiter_model("imagebuilder")
    acceptors = waiters.get_waiter("ImageAvailable").acceptors
    ends = {acceptor.expected for acceptor in acceptors if acceptor.state in ("success", "failure")}
    known = {*AVAILABLE.statuses, *FAILURE.statuses}
    assert known <= ends
    assert ends - known <= {"DELETED", "DEPRECATED", "DISABLED"}


def test_grants_are_on_the_image_from_its_start(stack: cdk.Stack, distribution: ImageDistribution) -> None:
    """Who watches a distribution may do so before it ends."""
    role = iam.Role(stack, "Watcher", assumed_by=iam.AccountRootPrincipal())
    distribution.grant_read(role)
    distribution.grant(role, "imagebuilder:CancelImageCreation")
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    (policy,) = (found for id, found in policies.items() if id.startswith("Watcher"))
    assert policy["Properties"]["PolicyDocument"]["Statement"] == [
        {"Action": "imagebuilder:GetImage", "Effect": "Allow", "Resource": STARTED},
        {"Action": "imagebuilder:CancelImageCreation", "Effect": "Allow", "Resource": STARTED},
    ]


def test_rules_do_not_wait_for_the_distribution(
    stack: cdk.Stack, configuration: imagebuilder.CfnDistributionConfiguration
) -> None:
    """A rule needs the start only, so that it is there when the first state changes."""
    distribution = ImageDistribution(
        stack, "Distribution", source_image=stacks.AMI_ID, distribution_configuration=configuration
    )
    distribution.on_state_change("Rule")
    assert "Wait" not in str(rule(stack))
