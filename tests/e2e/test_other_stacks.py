"""What other stacks do with a distribution: start its AMI in another Region, have AMIs in another account deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_imagebuilder as imagebuilder

from cdk_image_distribution import DistributionTargetRole, ImageDistribution, LifecycleTargetRole
from local_aws import LocalAws

from .test_examples_elsewhere import HOME, amis_of, exists, started_by_template

AWAY = "us-east-1"
TARGET = "210987654321"

#: Runs a command of the CDK CLI, such as `deploy`, on all stacks of the app that a function declares.
Run = Callable[[Callable[[cdk.App], None], str], None]


@pytest.fixture
def run(local_aws: LocalAws, tmp_path: Path) -> Iterator[Run]:
    """Runs the CDK CLI; in the end it destroys the app that it deployed last."""
    local_aws.bootstrap(f"aws://{local_aws.account}/{AWAY}", f"aws://{TARGET}/{HOME}")
    assemblies: list[Path] = []

    def cdk_cli(declare: Callable[[cdk.App], None], command: str) -> None:
        assemblies.append(tmp_path / f"cdk.out.{len(assemblies)}")
        app = cdk.App(outdir=str(assemblies[-1]), analytics_reporting=False)
        declare(app)
        app.synth()
        options = ["--force"] if command == "destroy" else ["--require-approval", "never"]
        local_aws.cdk(command, "--all", *options, app=str(assemblies[-1]), cwd=tmp_path)

    yield cdk_cli
    local_aws.script()
    local_aws.cdk("destroy", "--all", "--force", app=str(assemblies[-1]), cwd=tmp_path, check=False)


def test_launch_templates_of_two_regions_follow_the_golden_ami(local_aws: LocalAws, run: Run) -> None:
    """`machine_image()` in the distribution's stack and in a stack of another Region, through a change of the AMI."""

    def declared(source_ami: str) -> Callable[[cdk.App], None]:
        def declare(app: cdk.App) -> None:
            home, away = (
                cdk.Stack(app, f"Template-{region}", env=cdk.Environment(account=local_aws.account, region=region))
                for region in (HOME, AWAY)
            )
            configuration = imagebuilder.CfnDistributionConfiguration(
                home,
                "Configuration",
                name="templates",
                distributions=[
                    {
                        "region": region,
                        "amiDistributionConfiguration": {"Name": "templates-{{ imagebuilder:buildDate }}"},
                        "ssmParameterConfigurations": [{"parameterName": "/templates/ami"}],
                    }
                    for region in (HOME, AWAY)
                ],
            )
            distribution = ImageDistribution(
                home, "Distribution", source_image=source_ami, distribution_configuration=configuration
            )
            for stack in (home, away):
                ec2.LaunchTemplate(stack, "Template", machine_image=distribution.machine_image())

        return declare

    started: list[str] = []
    for name in ("templates-1", "templates-2"):
        run(declared(local_aws.register_source_ami(name)), "deploy")
        amis = amis_of(local_aws, f"Template-{HOME}")
        for region in (HOME, AWAY):
            assert started_by_template(local_aws, region, resolved=False) == amis[region, local_aws.account]
        started += amis.values()
    assert len(set(started)) == 4


def test_amis_of_another_account_are_deleted_with_the_image(local_aws: LocalAws, run: Run) -> None:
    """`auto_delete_amis`, with the two roles of the target account deployed by the same app."""
    source_ami = local_aws.register_source_ami("other-account")

    def declare(app: cdk.App) -> None:
        target = cdk.Stack(app, "DeletionTarget", env=cdk.Environment(account=TARGET, region=HOME))
        DistributionTargetRole(target, "Distribution", source_account=local_aws.account)
        LifecycleTargetRole(target, "Lifecycle", source_account=local_aws.account)
        home = cdk.Stack(app, "Deletion", env=cdk.Environment(account=local_aws.account, region=HOME))
        home.add_dependency(target)
        settings = {
            "Name": "deletion-{{ imagebuilder:buildDate }}",
            "TargetAccountIds": [local_aws.account, TARGET],
        }
        configuration = imagebuilder.CfnDistributionConfiguration(
            home,
            "Configuration",
            name="deletion",
            distributions=[{"region": HOME, "amiDistributionConfiguration": settings}],
        )
        ImageDistribution(
            home,
            "Distribution",
            source_image=source_ami,
            distribution_configuration=configuration,
            auto_delete_amis=True,
        )

    run(declare, "deploy")
    amis = amis_of(local_aws, "Deletion")
    assert set(amis) == {(HOME, local_aws.account), (HOME, TARGET)}
    assert all(exists(local_aws, ami, *place) for place, ami in amis.items())
    run(declare, "destroy")
    assert not any(exists(local_aws, ami, *place) for place, ami in amis.items())
    assert exists(local_aws, source_ami, HOME)
