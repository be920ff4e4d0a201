"""CDK's cross-Region references: functions in Node.js that write and read parameters of another Region."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm

from local_aws import LocalAws

REGIONS = ("us-east-1", "eu-west-1")


def two_regions(folder: Path, account: str) -> str:
    """Synthesise a stack in eu-west-1 that refers to one in us-east-1; return the cloud assembly."""
    app = cdk.App(outdir=str(folder / "assembly"), analytics_reporting=False)
    produces, consumes = (
        cdk.Stack(app, f"In{region}", env=cdk.Environment(account=account, region=region), cross_region_references=True)
        for region in REGIONS
    )
    referenced = ssm.StringParameter(
        produces, "Referenced", string_value="x", parameter_name="/cross-region/referenced"
    )
    ssm.StringParameter(
        consumes, "Refers", string_value=referenced.parameter_arn, parameter_name="/cross-region/refers"
    )
    app.synth()
    return str(folder / "assembly")


def test_reference_to_another_region_is_deployed_and_destroyed(aws: LocalAws, tmp_path: Path) -> None:
    """By CDK's own custom resources, which need permissions on parameters of both Regions."""
    aws.bootstrap(*(f"aws://{aws.account}/{region}" for region in REGIONS))
    assembly = two_regions(tmp_path, aws.account)
    here = aws.client("ssm")
    aws.cdk("deploy", "--all", "--require-approval", "never", app=assembly, cwd=tmp_path)

    value = here.get_parameter(Name="/cross-region/refers")["Parameter"]["Value"]
    exports = here.get_parameters_by_path(Path="/cdk/exports", Recursive=True)["Parameters"]
    assert value == f"arn:aws:ssm:us-east-1:{aws.account}:parameter/cross-region/referenced"
    assert len(exports) == 1

    aws.cdk("destroy", "--all", "--force", app=assembly, cwd=tmp_path)
    assert here.get_parameters_by_path(Path="/cdk/exports", Recursive=True)["Parameters"] == []
