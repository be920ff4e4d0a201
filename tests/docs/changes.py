"""The changes of an app that docs/upgrade.md lists, each as the app before it and the app after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template
from aws_cdk.aws_lambda import CfnFunction
from constructs import Construct

from cdk_image_distribution import ImageDistribution, ImageDistributionProvider, SourceImage
from cdk_image_distribution_handler.ownership_tags import fingerprint

_AMI, _OTHER_AMI = "ami-0123456789abcdef0", "ami-0fedcba9876543210"


def entry(region: str, **settings: str) -> dict[str, Any]:
    """Return what goes to a Region."""
    name = {"Name": "golden-{{ imagebuilder:buildDate }}"}
    return {"region": region, "amiDistributionConfiguration": {**name, **settings}}


@dataclass(frozen=True)
class App:
    """An app with one distribution, and what its SSM parameter holds at the deployment."""

    source: Callable[[cdk.Stack], SourceImage] = lambda stack: SourceImage.from_ami_id(_AMI)
    parameter: str = _AMI
    distributions: tuple[dict[str, Any], ...] = (entry("eu-west-1"), entry("us-east-1"))
    name: str = "golden"
    description: str | None = None
    configuration_tags: Mapping[str, str] | None = None
    configuration_id: str = "Configuration"
    by_arn: bool = False
    arguments: Callable[[cdk.Stack], dict[str, Any]] = lambda stack: {}
    then: Callable[[cdk.Stack, ImageDistribution], object] = lambda stack, distribution: None
    id: str = "Distribution"
    scope: str = ""
    stack: str = "Stack"

    @cached_property
    def deployed(self) -> dict[tuple[str, str], tuple[Any, str]]:
        """The function and the fingerprint of each distribution, by its stack and logical id."""
        stack = cdk.Stack(cdk.App(), self.stack, env=cdk.Environment(account="123456789012", region="eu-west-1"))
        configuration = imagebuilder.CfnDistributionConfiguration(
            stack,
            self.configuration_id,
            name=self.name,
            description=self.description,
            tags=self.configuration_tags,
            distributions=list(self.distributions),
        )
        distribution = ImageDistribution(
            Construct(stack, self.scope) if self.scope else stack,
            self.id,
            source_image=self.source(stack),
            distribution_configuration=configuration.attr_arn if self.by_arn else configuration,
            **self.arguments(stack),
        )
        self.then(stack, distribution)
        resources: dict[str, Any] = Template.from_stack(stack).to_json()["Resources"]
        return {
            (self.stack, id): (
                self._value(resource["Properties"].pop("ServiceToken"), resources),
                fingerprint(self._value(resource["Properties"], resources)),
            )
            for id, resource in resources.items()
            if resource["Type"] == "Custom::ImageDistribution"
        }

    def _value(self, value: Any, resources: Mapping[str, Any]) -> Any:
        """Return a property as CloudFormation sends it, with ARNs of named resources made of their names."""
        if isinstance(value, dict) and list(value) == ["Fn::GetAtt"]:
            referred = resources[value["Fn::GetAtt"][0]]["Properties"]
            # By its name a configuration is another one, and so is a function; one without a name has its logical id.
            return str(referred.get("Name") or referred.get("FunctionName") or value)
        if isinstance(value, dict) and list(value) == ["Ref"]:
            return self.parameter
        return {key: self._value(item, resources) for key, item in value.items()} if isinstance(value, dict) else value


def role_and_log(stack: cdk.Stack) -> dict[str, Any]:
    """Return a role and a log group of the user's."""
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com"))
    return {"execution_role": role, "log_group": logs.LogGroup(stack, "Log")}


def one_more_of_each(stack: cdk.Stack, distribution: ImageDistribution) -> None:
    """Use what a distribution gives."""
    distribution.ami_id("us-east-1")
    distribution.grant_read(iam.Role(stack, "Reader", assumed_by=iam.AccountRootPrincipal()))
    distribution.on_failure("Failed")


def name_the_function(stack: cdk.Stack, distribution: ImageDistribution) -> None:
    """Give a name to the function that had none."""
    function = ImageDistributionProvider.get_or_create(stack).function.node.default_child
    assert isinstance(function, CfnFunction)
    function.function_name = "golden"


def settings(stack: cdk.Stack, distribution: ImageDistribution) -> None:
    """Change what an argument of the provider, or the runtime, changes in the function."""
    function = ImageDistributionProvider.get_or_create(stack).function.node.default_child
    assert isinstance(function, CfnFunction)
    function.memory_size = 512
    function.runtime = "python3.14"


def from_parameter(stack: cdk.Stack) -> SourceImage:
    """Have CloudFormation read the source."""
    return SourceImage.from_ssm_parameter("/golden/ami")


def from_reference(stack: cdk.Stack) -> SourceImage:
    """Have Image Builder read the source."""
    return SourceImage.from_ssm_reference("/golden/ami")


def from_machine_image(stack: cdk.Stack) -> SourceImage:
    """Name the source by a machine image."""
    return SourceImage.from_machine_image(ec2.MachineImage.generic_linux({"eu-west-1": _AMI}))


BEFORE = App()
#: By the row of the page: pairs of the app before and the app after.
CHANGES: dict[str, list[tuple[App, App]]] = {
    "the source: another AMI id, another reference, another image ARN": [
        (BEFORE, App(source=source))
        for source in (
            lambda stack: SourceImage.from_ami_id(_OTHER_AMI),
            from_reference,
            lambda stack: SourceImage.from_image_arn("arn:aws:imagebuilder:eu-west-1:123456789012:image/golden/1.0.0"),
        )
    ],
    "the value of the parameter of SourceImage.from_ssm_parameter": [
        (App(source=from_parameter), App(source=from_parameter, parameter=_OTHER_AMI))
    ],
    "the value of the parameter of SourceImage.from_ssm_reference": [
        (App(source=from_reference), App(source=from_reference, parameter=_OTHER_AMI))
    ],
    "the same AMI by another of from_ami_id, from_machine_image and from_ssm_parameter": [
        (BEFORE, App(source=from_machine_image)),
        (BEFORE, App(source=from_parameter)),
    ],
    "distributions of the configuration, their order included": [
        (BEFORE, App(distributions=(entry("eu-west-1"),))),
        (BEFORE, App(distributions=(entry("eu-west-1", Description="new"), entry("us-east-1")))),
        (BEFORE, App(distributions=BEFORE.distributions[::-1])),
    ],
    "the order of the keys in an entry of distributions": [
        (BEFORE, App(distributions=tuple(dict(reversed(item.items())) for item in BEFORE.distributions)))
    ],
    "description or tags of the configuration": [
        (BEFORE, App(description="new")),
        (BEFORE, App(configuration_tags={"Team": "new"})),
    ],
    "name or construct id of the configuration: it is another one then": [
        (BEFORE, App(name="other")),
        (BEFORE, App(configuration_id="Other", name="other")),
    ],
    "configuration.attr_arn in place of the configuration": [(BEFORE, App(by_arn=True))],
    "revision": [(BEFORE, App(arguments=lambda stack: {"revision": "2"}))],
    "execution_role or log_group": [(BEFORE, App(arguments=role_and_log))],
    "tags or Tags.of(…)": [
        (BEFORE, App(arguments=lambda stack: {"tags": {"Team": "new"}})),
        (BEFORE, App(then=lambda stack, distribution: cdk.Tags.of(stack).add("Team", "new"))),
    ],
    "timeout or wait": [
        (BEFORE, App(arguments=lambda stack: {"timeout": cdk.Duration.hours(6)})),
        (BEFORE, App(arguments=lambda stack: {"wait": False})),
    ],
    "removal_policy or auto_delete_amis": [
        (BEFORE, App(arguments=lambda stack: {"removal_policy": cdk.RemovalPolicy.RETAIN})),
        (BEFORE, App(arguments=lambda stack: {"auto_delete_amis": True})),
    ],
    "one more ami_id(…), grant or on_… rule": [(BEFORE, App(then=one_more_of_each))],
    "arguments of the provider": [(BEFORE, App(then=settings))],
    "the id of the distribution, or of a construct that it is in": [
        (BEFORE, App(id="Other")),
        (BEFORE, App(scope="Images")),
    ],
    "the stack that it is in": [(BEFORE, App(stack="Other"))],
    "another provider, or a function name of your own": [
        (BEFORE, App(arguments=lambda stack: {"provider": ImageDistributionProvider(stack, "Mine")})),
        (BEFORE, App(then=name_the_function)),
    ],
}
