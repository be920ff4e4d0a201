"""Apps that hypothesis makes up: distributions in one stack, in any order, with what users put beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ssm as ssm
from hypothesis import strategies as st

from cdk_image_distribution import ImageDistribution, SourceImage

from .stacks import AMI_ID, CONFIGURATION_ARN, configuration_in

TEMPLATE_ID = "lt-0123456789abcdef0"
ENVIRONMENT = cdk.Environment(account="123456789012", region="eu-west-1")


@dataclass(frozen=True)
class Declared:
    """One distribution of an app.

    Attributes:
        role: Whose execution role: `made` by the construct, `own` of the app, `shared` by all of the app that share
            one, `imported`.
        key: Whether its configuration names the app's key: `arn`, `id`, `alias`, or not at all.
        source: `ami`, `parameter` of CloudFormation, `ssm` name, `ssm token`.
        grants: What its role is granted afterwards: use of the `key`, the same by the `key's policy`.
        reads: What its role may read afterwards: the `image` before it in the app, its own `consumer`, or nothing.
        consumer: What uses the `image_arn` or the `ami_id`, if anything.
        deletes_amis: `auto_delete_amis`.
        waits: `wait`.
    """

    role: str
    key: str
    source: str
    grants: frozenset[str]
    reads: str
    consumer: str
    deletes_amis: bool
    waits: bool


@dataclass(frozen=True)
class Arrangement:
    """Distributions of a stack in the order of the app, and the order in which they are deployed.

    Attributes:
        declared: The distributions.
        order: Their positions in the order of deployment.
        dependencies: Pairs of places in that order; the second of a pair depends on the first.
        through_consumer: Whether it depends on the consumer of the first instead, if there is one.
    """

    declared: tuple[Declared, ...]
    order: tuple[int, ...]
    dependencies: frozenset[tuple[int, int]]
    through_consumer: bool


DECLARED = st.builds(
    Declared,
    role=st.sampled_from(["made", "own", "shared", "imported"]),
    key=st.sampled_from(["", "arn", "id", "alias"]),
    source=st.sampled_from(["ami", "parameter", "ssm", "ssm token"]),
    grants=st.frozensets(st.sampled_from(["key", "key's policy"])),
    reads=st.sampled_from(["", "image", "consumer"]),
    consumer=st.sampled_from(["", "image_arn", "ami_id"]),
    deletes_amis=st.booleans(),
    waits=st.booleans(),
)


@st.composite
def arrangements(draw: st.DrawFn) -> Arrangement:
    """Generate an arrangement whose own order has no cycle."""
    declared = draw(st.lists(DECLARED, min_size=1, max_size=3))
    places = range(len(declared))
    pairs = [(first, second) for first in places for second in places if first < second]
    return Arrangement(
        declared=tuple(declared),
        order=tuple(draw(st.permutations(places))),
        dependencies=draw(st.frozensets(st.sampled_from(pairs))) if pairs else frozenset(),
        through_consumer=draw(st.booleans()),
    )


def synthesise(arrangement: Arrangement, folder: Path) -> None:
    """Write the templates of an app with the arrangement into a folder."""
    app = cdk.App(outdir=str(folder), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=ENVIRONMENT)
    key = kms.Key(stack, "Key")
    key.add_alias("alias/golden")
    parameter = ssm.StringParameter(stack, "Source", string_value=AMI_ID)
    shared = iam.Role(stack, "Shared", assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com"))
    made = []
    for place, declared in enumerate(arrangement.declared):
        made.append(_declare(stack, f"Image{place}", declared, key=key, parameter=parameter, shared=shared))
    consumers = [
        _consume(stack, f"Consumer{place}", declared, distribution)
        for place, (declared, distribution) in enumerate(zip(arrangement.declared, made, strict=True))
    ]
    for place, (declared, distribution) in enumerate(zip(arrangement.declared, made, strict=True)):
        if "key" in declared.grants:
            key.grant_encrypt_decrypt(distribution.execution_role)
        # In a distribution that depends on another its role does, too: then such a policy may be the app's own cycle.
        depends = place in {arrangement.order[after] for _, after in arrangement.dependencies}
        if "key's policy" in declared.grants and not depends:
            principal = iam.ArnPrincipal(distribution.execution_role.role_arn)
            key.add_to_resource_policy(
                iam.PolicyStatement(actions=["kms:Decrypt"], resources=["*"], principals=[principal])
            )
        if declared.reads == "image":
            made[place - 1].grant_read(distribution.execution_role)
        own = consumers[place]
        if declared.reads == "consumer" and own is not None:
            own.grant_read(distribution.execution_role)
    for first, second in arrangement.dependencies:
        before, after = arrangement.order[first], arrangement.order[second]
        consumer = consumers[before] if arrangement.through_consumer else None
        made[after].node.add_dependency(consumer or made[before])
    app.synth()


def _declare(
    stack: cdk.Stack,
    id: str,
    declared: Declared,
    *,
    key: kms.Key,
    parameter: ssm.StringParameter,
    shared: iam.Role,
) -> ImageDistribution:
    keys = {"arn": key.key_arn, "id": key.key_id, "alias": "alias/golden"}
    configuration = configuration_in(stack, f"{id}Targets", KmsKeyId=keys[declared.key]) if declared.key else None
    sources: dict[str, str | SourceImage] = {
        "ami": AMI_ID,
        "parameter": SourceImage.from_ssm_parameter(parameter),
        "ssm": "ssm:/golden/ami",
        "ssm token": SourceImage.from_ssm_reference(parameter.parameter_name),
    }
    return ImageDistribution(
        stack,
        id,
        source_image=sources[declared.source],
        distribution_configuration=configuration or CONFIGURATION_ARN,
        execution_role=_role(stack, f"{id}Role", declared.role, shared),
        auto_delete_amis=declared.deletes_amis,
        wait=declared.waits,
    )


def _role(stack: cdk.Stack, id: str, kind: str, shared: iam.Role) -> iam.IRole | None:
    if kind == "own":
        return iam.Role(stack, id, assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com"))
    if kind == "imported":
        return iam.Role.from_role_arn(stack, id, "arn:aws:iam::123456789012:role/Theirs")
    return shared if kind == "shared" else None


def _consume(
    stack: cdk.Stack, id: str, declared: Declared, distribution: ImageDistribution
) -> ssm.StringParameter | None:
    if not declared.consumer or (declared.consumer == "ami_id" and not declared.waits):
        return None
    value = distribution.image_arn if declared.consumer == "image_arn" else distribution.ami_id("eu-west-1")
    return ssm.StringParameter(stack, id, string_value=value)


@dataclass(frozen=True)
class Placement:
    """The stacks of a distribution and of what its configuration refers to.

    A place is a `stack`, a stack `nested` in it, its `sibling` in the Region, or one `far` away in another Region.
    `functions` tells whether the configuration has values by a condition and a mapping of its stack, too.
    """

    distribution: str
    configuration: str
    key: str
    parameter: str
    parameter_name: str | None
    functions: bool

    @property
    def is_possible(self) -> bool:
        """Whether the app itself asks for no cycle."""
        used = {self.key, self.parameter}
        if self.configuration == "sibling":
            return not used & {"stack", "nested"}
        return not (self.distribution == "nested" and self.configuration == "stack" and "nested" in used)


PLACEMENTS = st.builds(
    Placement,
    distribution=st.sampled_from(["stack", "nested"]),
    configuration=st.sampled_from(["stack", "nested", "sibling"]),
    key=st.sampled_from(["stack", "nested", "sibling", "far"]),
    parameter=st.sampled_from(["stack", "nested", "sibling", "far"]),
    parameter_name=st.sampled_from([None, "golden", "/golden/ami"]),
    functions=st.booleans(),
).filter(lambda placement: placement.is_possible)


def synthesise_places(placement: Placement, folder: Path) -> None:
    """Write the templates of an app with the placement; every stack has constructs of the same ids."""
    app = cdk.App(outdir=str(folder), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=ENVIRONMENT, cross_region_references=True)
    far = cdk.Environment(account=ENVIRONMENT.account, region="us-east-1")
    places: dict[str, cdk.Stack] = {
        "stack": stack,
        "nested": cdk.NestedStack(stack, "Nested"),
        "sibling": cdk.Stack(app, "Sibling", env=ENVIRONMENT, cross_region_references=True),
        "far": cdk.Stack(app, "Far", env=far, cross_region_references=True),
    }
    keys = {place: kms.Key(scope, "Key") for place, scope in places.items()}
    parameters = {
        place: ssm.StringParameter(scope, "Parameter", string_value=AMI_ID, parameter_name=placement.parameter_name)
        for place, scope in places.items()
    }
    configured = places[placement.configuration]
    configuration = imagebuilder.CfnDistributionConfiguration(
        configured,
        "Configuration",
        name="golden",
        distributions=[
            {
                "region": keys[placement.key].stack.region,
                "amiDistributionConfiguration": {"KmsKeyId": keys[placement.key].key_arn},
                "ssmParameterConfigurations": [{"parameterName": parameters[placement.parameter].parameter_name}],
            },
            *(by_functions(configured) if placement.functions else ()),
        ],
    )
    distribution = ImageDistribution(
        places[placement.distribution],
        "Distribution",
        source_image=AMI_ID,
        distribution_configuration=configuration,
    )
    keys[placement.key].grant_encrypt_decrypt(distribution.execution_role)
    app.synth()


def by_functions(stack: cdk.Stack) -> list[Any]:
    """Make conditions and a mapping in a stack, and return entries of a configuration that name them."""
    flag = cdk.CfnParameter(stack, "Flag", default="yes").value_as_string
    flagged, chosen = (
        cdk.CfnCondition(stack, id, expression=cdk.Fn.condition_equals(flag, id)).logical_id
        for id in ("Flagged", "Chosen")
    )
    names = cdk.CfnMapping(stack, "Names", mapping={"eu-west-2": {"parameter": "mapped", "template": TEMPLATE_ID}})

    def of_two(first: str, second: str) -> str:
        return cdk.Fn.condition_if(chosen, first, second).to_string()

    entry = {
        "Region": "eu-west-2",
        "AmiDistributionConfiguration": {
            "Name": "golden-{{ imagebuilder:buildDate }}",
            "KmsKeyId": of_two("alias/golden", cdk.Fn.sub("alias/${Flag}")),
        },
        "LaunchTemplateConfigurations": [
            {"LaunchTemplateId": of_two(TEMPLATE_ID, TEMPLATE_ID[:-1] + "1")},
            {"LaunchTemplateId": names.find_in_map(cdk.Aws.REGION, "template")},
        ],
        "SsmParameterConfigurations": [
            {"ParameterName": names.find_in_map(cdk.Aws.REGION, "parameter")},
            {"ParameterName": f"/golden/{of_two('a', 'b')}"},
            {"ParameterName": cdk.Fn.join("-", ["golden", cdk.Aws.STACK_NAME])},
        ],
    }
    return [cdk.Fn.condition_if(flagged, entry, cdk.Aws.NO_VALUE)]
