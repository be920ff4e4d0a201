"""The same distribution declared four ways: with the construct, and with what people would use instead."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import custom_resources

from cdk_image_distribution import ImageDistribution

from .figures import AWS_CUSTOM_RESOURCE, CRHELPER, OURS, PROVIDER

HANDLERS = Path(__file__).parent / "handlers"
_BUILD = Path(__file__).parent.parent / "build" / "benchmarks"

#: What a way does with a stack: declare a distribution by its number, source AMI and configuration ARN.
Declare = Callable[[cdk.Stack, int, str, str], None]

# CDK's default, and as long as CloudFormation lets it.
_ASKED_EVERY = cdk.Duration.seconds(5)
_ASKED_FOR = cdk.Duration.hours(1)

_BUNDLED = ("boto3", "crhelper")


def with_construct(stack: cdk.Stack, number: int, source: str, configuration: str) -> None:
    """Declare a distribution with ImageDistribution."""
    distribution = ImageDistribution(
        stack, f"Distribution{number}", source_image=source, distribution_configuration=configuration
    )
    cdk.CfnOutput(stack, f"ImageArn{number}", value=distribution.image_arn)


def with_crhelper(stack: cdk.Stack, number: int, source: str, configuration: str) -> None:
    """Declare the same with crhelper as it comes, and boto3 in the asset since the runtime's may be too old."""
    function = stack.node.try_find_child("Handler")
    if not isinstance(function, lambda_.Function):
        function = _function(stack, "Handler", "index.handler", bundled_crhelper(), ["events:*", "lambda:*"])
    _resource(stack, number, function.function_arn, source, configuration).node.add_dependency(function)


def with_provider(stack: cdk.Stack, number: int, source: str, configuration: str) -> None:
    """Declare the same with CDK's Provider and an isComplete handler, on the runtime's boto3."""
    provider = stack.node.try_find_child("Provider")
    if not isinstance(provider, custom_resources.Provider):
        code = HANDLERS / "provider"
        provider = custom_resources.Provider(
            stack,
            "Provider",
            on_event_handler=_function(stack, "OnEvent", "index.on_event", code),
            is_complete_handler=_function(stack, "IsComplete", "index.is_complete", code),
            query_interval=_ASKED_EVERY,
            total_timeout=_ASKED_FOR,
        )
    _resource(stack, number, provider.service_token, source, configuration)


def with_aws_custom_resource(stack: cdk.Stack, number: int, source: str, configuration: str) -> None:
    """Declare two SDK calls, which is all that AwsCustomResource does: it does not wait."""
    role = _execution_role(stack, number)
    resource = custom_resources.AwsCustomResource(
        stack,
        f"Distribution{number}",
        install_latest_aws_sdk=False,
        on_create=custom_resources.AwsSdkCall(
            service="imagebuilder",
            action="DistributeImage",
            parameters={
                "sourceImage": source,
                "distributionConfigurationArn": configuration,
                "executionRole": role.role_arn,
                "clientToken": stack.node.addr + str(number),
            },
            physical_resource_id=custom_resources.PhysicalResourceId.from_response("imageBuildVersionArn"),
        ),
        on_delete=custom_resources.AwsSdkCall(
            service="imagebuilder",
            action="DeleteImage",
            parameters={"imageBuildVersionArn": custom_resources.PhysicalResourceIdReference()},
        ),
        policy=custom_resources.AwsCustomResourcePolicy.from_statements(
            [iam.PolicyStatement(actions=["imagebuilder:*", "iam:PassRole"], resources=["*"])]
        ),
    )
    cdk.CfnOutput(stack, f"ImageArn{number}", value=resource.get_response_field("imageBuildVersionArn"))


DECLARATIONS: dict[str, Declare] = {
    OURS: with_construct,
    CRHELPER: with_crhelper,
    PROVIDER: with_provider,
    AWS_CUSTOM_RESOURCE: with_aws_custom_resource,
}


def bundled_crhelper() -> Path:
    """Return a folder with the handler, crhelper and boto3, installed once; that needs the package index."""
    folder = _BUILD / "-".join(f"{name}-{version(name)}" for name in _BUNDLED)
    if not folder.exists():
        _BUILD.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_BUILD) as made:
            install_crhelper(Path(made) / "asset")
            (Path(made) / "asset").rename(folder)
    _copy_handler(folder)
    return folder


def install_crhelper(folder: Path) -> None:
    """Install the handler, crhelper and boto3, in the versions of this environment, as a user does without Docker."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    pins = [f"{name}=={version(name)}" for name in _BUNDLED]
    subprocess.run([*pip, "--target", str(folder), *pins], check=True, capture_output=True)
    _copy_handler(folder)


def _copy_handler(folder: Path) -> None:
    shutil.copy(HANDLERS / "crhelper" / "index.py", folder)


def _function(
    stack: cdk.Stack, id: str, handler: str, code: Path, more_actions: Sequence[str] = ()
) -> lambda_.Function:
    function = lambda_.Function(
        stack,
        id,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler=handler,
        code=lambda_.Code.from_asset(str(code)),
        timeout=cdk.Duration.minutes(5),
        memory_size=256,
    )
    actions = ["imagebuilder:*", "iam:PassRole", *more_actions]
    function.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=["*"]))
    return function


def _resource(stack: cdk.Stack, number: int, token: str, source: str, configuration: str) -> cdk.CustomResource:
    resource = cdk.CustomResource(
        stack,
        f"Distribution{number}",
        service_token=token,
        properties={
            "SourceImage": source,
            "DistributionConfigurationArn": configuration,
            "ExecutionRole": _execution_role(stack, number).role_arn,
        },
    )
    cdk.CfnOutput(stack, f"ImageArn{number}", value=resource.get_att_string("ImageArn"))
    return resource


def _execution_role(stack: cdk.Stack, number: int) -> iam.Role:
    return iam.Role(
        stack,
        f"ExecutionRole{number}",
        assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com"),
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name("EC2ImageBuilderExecutionPolicy")],
    )
