"""What ImageDistribution puts into a template."""

from __future__ import annotations

from typing import Any, cast

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_imagebuilder_alpha as imagebuilder_alpha
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template
from aws_cdk.interfaces.aws_imagebuilder import DistributionConfigurationReference

from cdk_image_distribution import ImageDistribution

from . import stacks
from .stacks import AMI_ID, CONFIGURATION_ARN, configuration_in

Distribution = imagebuilder.CfnDistributionConfiguration.DistributionProperty
TYPE = "Custom::ImageDistribution"


class _Reference:
    """An IDistributionConfigurationRef that is nothing else."""

    def __init__(self, reference: DistributionConfigurationReference) -> None:
        self.distribution_configuration_ref = reference


@jsii.implements(cdk.IStableStringProducer)
class _Later:
    """A text that is known at synthesis."""

    def __init__(self, text: str) -> None:
        self._text = text

    def produce(self) -> str:
        return self._text


def properties(stack: cdk.Stack) -> dict[str, object]:
    """Return the properties of the stack's one distribution."""
    (resource,) = Template.from_stack(stack).find_resources(TYPE).values()
    found: dict[str, object] = resource["Properties"]
    return found


def test_one_function_serves_every_distribution_of_a_stack(stack: cdk.Stack) -> None:
    """Two distributions, one Lambda function, one log group; each has an execution role of its own."""
    stacks.two_distributions(stack)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::Function", 1)
    template.resource_count_is("AWS::Logs::LogGroup", 1)
    template.resource_count_is(TYPE, 2)
    template.resource_count_is("AWS::IAM::Role", 3)


@pytest.mark.parametrize(
    ("removal_policy", "deletion_policy"),
    [
        (cdk.RemovalPolicy.DESTROY, Match.absent()),
        (cdk.RemovalPolicy.RETAIN, "Retain"),
        (cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, "RetainExceptOnCreate"),
    ],
)
def test_removal_policy_is_cloudformations_own(
    stack: cdk.Stack, removal_policy: cdk.RemovalPolicy, deletion_policy: object
) -> None:
    """What happens to the image at removal is written where CloudFormation looks; its default is Delete."""
    ImageDistribution(
        stack,
        "Distribution",
        source_image=AMI_ID,
        distribution_configuration=CONFIGURATION_ARN,
        removal_policy=removal_policy,
    )
    Template.from_stack(stack).has_resource(TYPE, {"DeletionPolicy": deletion_policy})


def test_an_l2_of_the_alpha_module_is_a_configuration(stack: cdk.Stack) -> None:
    """The alpha L2 gives its ARN and, through its resource, the digest of its content."""
    configuration = imagebuilder_alpha.DistributionConfiguration(stack, "Configuration")
    configuration.add_ami_distributions(
        imagebuilder_alpha.AmiDistribution(ami_name="golden-{{ imagebuilder:buildDate }}")
    )
    ImageDistribution(stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration)
    found = properties(stack)
    assert found["DistributionConfigurationArn"] == {"Fn::GetAtt": ["Configuration6A36F2CE", "Arn"]}
    assert "Revision" in found


def test_any_reference_to_a_configuration_is_taken(stack: cdk.Stack) -> None:
    """An object that is no more than a reference gives its ARN."""
    reference = _Reference(DistributionConfigurationReference(distribution_configuration_arn=CONFIGURATION_ARN))
    ImageDistribution(stack, "Distribution", source_image=AMI_ID, distribution_configuration=cast(Any, reference))
    assert properties(stack)["DistributionConfigurationArn"] == CONFIGURATION_ARN


def test_a_changed_configuration_changes_the_revision() -> None:
    """The ARN of a changed configuration stays; only the digest tells CloudFormation to distribute again."""
    revisions = []
    for tags in ({"Team": "a"}, {"Team": "a"}, {"Team": "b"}):
        stack = cdk.Stack(cdk.App(), "Stack")
        configuration = configuration_in(stack, AmiTags=tags)
        ImageDistribution(stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration)
        revisions.append(properties(stack)["Revision"])
    assert revisions[0] == revisions[1] != revisions[2]


def test_a_configuration_changed_after_the_distribution_was_declared_counts() -> None:
    """The digest is taken at synthesis, after every aspect and later line of the app."""
    revisions = []
    for later in (False, True):
        stack = cdk.Stack(cdk.App(), "Stack")
        configuration = configuration_in(stack)
        ImageDistribution(stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration)
        if later:
            configuration.distributions = [Distribution(region="us-east-1")]
        revisions.append(properties(stack)["Revision"])
    assert revisions[0] != revisions[1]


@pytest.mark.parametrize("is_typed", [True, False])
def test_an_app_that_reads_its_configuration_changes_nothing(is_typed: bool) -> None:
    """To read it changes how jsii answers the next time: with objects in place of mappings."""
    templates = []
    for is_read in (False, True):
        stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="123456789012", region="eu-west-1"))
        settings = {"Name": "golden-{{ imagebuilder:buildDate }}", "KmsKeyId": kms.Key(stack, "Key").key_arn}
        parameter = imagebuilder.CfnDistributionConfiguration.SsmParameterConfigurationProperty(
            parameter_name=cdk.Lazy.string(_Later("/golden/ami"))
        )
        typed = Distribution(
            region="eu-west-1", ami_distribution_configuration=settings, ssm_parameter_configurations=[parameter]
        )
        plain = {
            "region": "eu-west-1",
            "amiDistributionConfiguration": settings,
            "ssmParameterConfigurations": [parameter],
        }
        configuration = imagebuilder.CfnDistributionConfiguration(
            stack, "Configuration", name="golden", distributions=[typed if is_typed else plain]
        )
        if is_read:
            assert configuration.distributions
        ImageDistribution(stack, "Distribution", source_image=AMI_ID, distribution_configuration=configuration)
        templates.append(Template.from_stack(stack).to_json())
    assert templates[0] == templates[1]


def test_a_revision_of_the_users_joins_the_digest(stack: cdk.Stack) -> None:
    """Both the user's text and the configuration's content start a new distribution when they change."""
    stacks.all_arguments(stack)
    assert str(properties(stack)["Revision"]).startswith("2026-11 ")


def test_without_a_configuration_in_the_app_there_is_no_revision(stack: cdk.Stack) -> None:
    """Of an imported configuration only the ARN is known."""
    stacks.imported_configuration(stack)
    assert "Revision" not in properties(stack)


def test_tags_of_a_scope_reach_the_image(stack: cdk.Stack) -> None:
    """`Tags.of` adds to `tags`, overrides it and removes from it, as on any taggable resource."""
    distribution = ImageDistribution(
        stack,
        "Distribution",
        source_image=AMI_ID,
        distribution_configuration=CONFIGURATION_ARN,
        tags={"Team": "platform", "Old": "1", "Kept": "1"},
    )
    cdk.Tags.of(stack).add("CostCenter", "42")
    cdk.Tags.of(distribution).add("Team", "images", priority=200)
    cdk.Tags.of(stack).remove("Old", priority=200)
    assert properties(stack)["Tags"] == {"CostCenter": "42", "Team": "images", "Kept": "1"}


def test_image_arn_is_the_attribute_of_the_custom_resource(stack: cdk.Stack) -> None:
    """The token is the wait's, so that what uses it comes after the distribution is done."""
    distribution = stacks.imported_configuration(stack)
    assert stack.resolve(distribution.image_arn) == {"Fn::GetAtt": ["DistributionWaitD87F4DE6", "ImageArn"]}
