"""The command line shares no code with the construct and the handler; here it meets both."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_imagebuilder as imagebuilder

from cdk_image_distribution import ImageDistribution
from cdk_image_distribution_cli import ownership_tags, remedies
from cdk_image_distribution_cli.assembly import distributions_of, read_stacks
from cdk_image_distribution_cli.aws import Aws
from cdk_image_distribution_cli.checks import Outcome
from cdk_image_distribution_cli.checks.permissions import function_actions
from cdk_image_distribution_cli.stack import StackReader
from cdk_image_distribution_handler import failure_report
from cdk_image_distribution_handler import ownership_tags as handlers_tags

from .cli.fake_aws import ACCOUNT, REGION, FakeAws, FakeStack
from .cli.healthy import AMI, healthy, run


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of a stack with two distributions: one that waits six hours, and one that does not wait."""
    folder = tmp_path_factory.mktemp("assembly") / "cdk.out"
    # The CDK CLI asks for the paths of the constructs.
    app = cdk.App(outdir=str(folder), analytics_reporting=False, context={"aws:cdk:enable-path-metadata": True})
    stack = cdk.Stack(app, "Golden", env=cdk.Environment(account=ACCOUNT, region=REGION))
    configuration = imagebuilder.CfnDistributionConfiguration(
        stack,
        "Configuration",
        name="golden",
        distributions=[
            {
                "region": name,
                "amiDistributionConfiguration": {
                    "Name": "golden-{{ imagebuilder:buildDate }}",
                    "TargetAccountIds": [stack.account],
                },
            }
            for name in ("eu-west-1", "us-east-1")
        ],
    )
    for id, options in {"Long": {"timeout": cdk.Duration.hours(6)}, "Free": {"wait": False}}.items():
        ImageDistribution(
            stack,
            id,
            source_image=AMI,
            distribution_configuration=configuration,
            **options,  # type: ignore[arg-type]
        )
    app.synth()
    return folder


def test_tags_are_the_handlers() -> None:
    """`list` finds images by the tags that the handler puts on them."""
    assert ownership_tags.PREFIX == handlers_tags.PREFIX
    assert ownership_tags.STACK_ID == handlers_tags.STACK_ID
    assert ownership_tags.LOGICAL_ID == handlers_tags.LOGICAL_ID


def test_remedies_are_the_handlers() -> None:
    """`watch` and the stack's events say the same about a failure."""
    assert list(remedies.REMEDIES) == [(cause.message.pattern, cause.remedy) for cause in failure_report.CAUSES]


def test_distributions_are_found_in_the_constructs_template(assembly: Path) -> None:
    """Names, timeouts, configurations."""
    template: dict[str, Any] = json.loads((assembly / "Golden.template.json").read_text())
    stack = FakeStack("Golden", "CREATE_IN_PROGRESS", template)
    for logical_id, resource in template["Resources"].items():
        stack.put(logical_id, resource["Type"], "CREATE_COMPLETE", f"id-of-{logical_id}")
    reader = StackReader(Aws(FakeAws(stacks=[stack]).session()))
    read = reader.stack("Golden")
    assert read is not None
    free, long = sorted(reader.members(read), key=lambda member: member.name)
    assert free.timeout is None and free.waits == ()
    assert long.timeout is not None and 6 * 3600 <= long.timeout <= 6 * 3600 + 60
    assert len(long.waits) == 7
    assert free.configuration_arn == long.configuration_arn == "id-of-Configuration"
    assert (free.name, long.name) == ("Free", "Long")


def test_assembly_of_the_construct_passes_every_check(assembly: Path) -> None:
    """Its sources, Regions, accounts, and the function's policy are read."""
    results = run(healthy(), assembly)
    assert [result for result in results if result.outcome is not Outcome.PASS] == []
    assert {"us-east-1", "eu-west-1"} == {result.subject for result in results if result.check == "Region"}


def test_function_actions_are_found_in_the_constructs_template(assembly: Path) -> None:
    """The check of the organization's policies needs them."""
    stacks = [stack for stack in read_stacks(assembly) if distributions_of(stack, ACCOUNT, REGION, "aws")]
    actions = {action for stack in stacks for action in function_actions(stack)}
    assert {"imagebuilder:DistributeImage", "imagebuilder:GetImage", "events:PutRule"} <= actions


def test_command_line_imports_neither_the_construct_nor_the_handler() -> None:
    """Jsii takes seconds to start, and the base install of the command line has no crhelper of its own."""
    program = (
        "import sys, cdk_image_distribution_cli.app\n"
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('aws_cdk', 'constructs', 'crhelper', 'cdk_image_distribution', 'cdk_image_distribution_handler')])"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed == "[]\n"
