"""From AVAILABLE to CloudFormation's answer: told by the event, asked by the schedule, and plain crhelper.

Every run deploys a stack of its own with the CDK CLI on the local AWS, with real minutes. The image is AVAILABLE at a
time that its script fixes; CloudFormation has the answer at the time of the custom resource's CREATE_COMPLETE.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import statistics
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_lambda as lambda_
from constructs import Construct
from rich.console import Console
from rich.table import Table

from cdk_image_distribution import ImageDistribution
from local_aws import LocalAws, Outcome

CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")


def main() -> None:
    """Measure each way some times and print a table of the lags in seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each way")
    runs = parser.parse_args().runs
    ways: dict[str, tuple[Callable[[cdk.Stack, str], None], bool]] = {
        "ImageDistribution, event delivered": (ours, True),
        "ImageDistribution, event lost": (ours, False),
        "crhelper as it comes, polling each minute": (plain_crhelper, True),
    }
    table = Table(
        "way", "runs", "minimum s", "median s", "maximum s", title="AVAILABLE → CloudFormation has the answer"
    )
    with LocalAws() as aws, tempfile.TemporaryDirectory() as folder:
        aws.bootstrap()
        source = aws.register_source_ami()
        for place, (way, (declare, events)) in enumerate(ways.items()):
            lags = [
                lag(aws, Path(folder) / f"{place}-{run}", f"Lag{place}{run}", declare, source, events, 5 + 7 * run)
                for run in range(runs)
            ]
            figures = (min(lags), statistics.median(lags), max(lags))
            table.add_row(way, str(runs), *(f"{figure:.2f}" for figure in figures))
    Console().print(table)


def lag(
    aws: LocalAws,
    folder: Path,
    name: str,
    declare: Callable[[cdk.Stack, str], None],
    source: str,
    events: bool,
    distributing: float,
) -> float:
    """Deploy a stack and return the seconds from AVAILABLE to the answer."""
    outcome = Outcome(pending=0.5, distributing=distributing, integrating=0.5, sends_events=events)
    aws.script(outcomes=[outcome])
    app = cdk.App(outdir=str(folder), analytics_reporting=False)
    environment = cdk.Environment(account=aws.account, region=aws.region)
    stack = cdk.Stack(app, name, env=environment)
    declare(stack, source)
    app.synth()
    aws.cdk("deploy", "--require-approval", "never", app=str(folder), cwd=folder)
    (stacks,) = aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks["Outputs"]}
    image = aws.client("imagebuilder").get_image(imageBuildVersionArn=outputs["ImageArn"])["image"]
    created = datetime.fromisoformat(image["dateCreated"].replace("Z", "+00:00")).timestamp()
    available = created + outcome.pending + outcome.distributing + outcome.integrating
    events_of_stack = aws.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    answered = max(
        event["Timestamp"].timestamp()
        for event in events_of_stack
        if event["ResourceType"].startswith(CUSTOM) and event["ResourceStatus"] == "CREATE_COMPLETE"
    )
    return float(answered - available)


def configuration_in(stack: cdk.Stack) -> imagebuilder.CfnDistributionConfiguration:
    """Make a configuration for one Region."""
    return imagebuilder.CfnDistributionConfiguration(
        stack, "Configuration", name=stack.stack_name.lower(), distributions=[{"region": "eu-west-1"}]
    )


def ours(stack: cdk.Stack, source: str) -> None:
    """Declare the distribution with the construct."""
    distribution = ImageDistribution(
        stack, "Distribution", source_image=source, distribution_configuration=configuration_in(stack)
    )
    cdk.CfnOutput(stack, "ImageArn", value=distribution.image_arn)


def plain_crhelper(stack: cdk.Stack, source: str) -> None:
    """Declare the same with crhelper as it comes; its asset has crhelper, boto3 is in the runtime."""
    asset = Path(tempfile.mkdtemp())
    shutil.copy(Path(__file__).parent / "plain_crhelper" / "index.py", asset)
    spec = importlib.util.find_spec("crhelper")
    assert spec is not None and spec.submodule_search_locations
    shutil.copytree(
        spec.submodule_search_locations[0], asset / "crhelper", ignore=shutil.ignore_patterns("__pycache__")
    )
    function = lambda_.Function(
        stack,
        "Handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_asset(str(asset)),
        timeout=cdk.Duration.minutes(5),
    )
    function.add_to_role_policy(
        iam.PolicyStatement(actions=["imagebuilder:*", "iam:PassRole", "events:*", "lambda:*"], resources=["*"])
    )
    role = _execution_role(stack)
    resource = cdk.CustomResource(
        stack,
        "Distribution",
        service_token=function.function_arn,
        properties={
            "SourceImage": source,
            "DistributionConfigurationArn": configuration_in(stack).attr_arn,
            "ExecutionRole": role.role_arn,
        },
    )
    resource.node.add_dependency(function)
    cdk.CfnOutput(stack, "ImageArn", value=resource.get_att_string("ImageArn"))


def _execution_role(scope: Construct) -> iam.Role:
    policy = iam.ManagedPolicy.from_aws_managed_policy_name("EC2ImageBuilderExecutionPolicy")
    principal = iam.ServicePrincipal("imagebuilder.amazonaws.com")
    return iam.Role(scope, "Role", assumed_by=principal, managed_policies=[policy])


if __name__ == "__main__":
    main()
