"""What EC2 shows of AMIs: pending while they are copied, disabled, deprecated, and in Regions that are not enabled."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws, Omission, Outcome
from local_aws.image_builder import InMemory
from local_aws_tests.on_server import EXECUTION_POLICY, QUICK, failure_of, made_role
from local_aws_tests.stand_in import StandIn
from local_aws_tests.waiting import eventually

_names = itertools.count(1)
COPYING = Outcome(pending=0, distributing=100, integrating=0)


@pytest.fixture(scope="module")
def without_hong_kong() -> Iterator[LocalAws]:
    """A local AWS in which one opt-in Region is not enabled."""
    with LocalAws(disabled_regions=["ap-east-1"]) as aws:
        aws.script(default=QUICK)
        yield aws


def started(aws: LocalAws, role: str, configuration: str, outcome: Outcome) -> str:
    """The ARN of an image that is being distributed."""
    aws.script(outcomes=[outcome], default=QUICK)
    ami = aws.register_source_ami(f"golden-{next(_names)}")
    answer = aws.client("imagebuilder").distribute_image(
        sourceImage=ami, distributionConfigurationArn=configuration, executionRole=role
    )
    return str(answer["imageBuildVersionArn"])


def copies(aws: LocalAws, arn: str, **parameters: Any) -> list[dict[str, Any]]:
    """The AMIs of an image in us-east-1, as DescribeImages shows them."""
    filters = [{"Name": "tag:Ec2ImageBuilderArn", "Values": [arn]}]
    found: list[dict[str, Any]] = aws.client("ec2", "us-east-1").describe_images(Filters=filters, **parameters)[
        "Images"
    ]
    return found


def snapshot_of(aws: LocalAws, image: dict[str, Any]) -> dict[str, Any]:
    """The snapshot of an AMI in us-east-1."""
    snapshot = image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    (found,) = aws.client("ec2", "us-east-1").describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]
    described: dict[str, Any] = found
    return described


def test_copies_are_pending_until_they_are_complete() -> None:
    """Each on its own: AWS copies to all Regions at once."""
    stand_in = StandIn()
    arn = stand_in.distribute(COPYING)
    stand_in.clock.advance(50)
    stand_in.builder.advance()
    by_region = {copy.region: copy for copy in stand_in.backend.amis.values()}
    now = stand_in.clock.now

    assert (by_region["eu-west-1"].state(now), by_region["eu-west-1"].percent(now)) == ("available", 100)
    assert (by_region["us-east-1"].state(now), by_region["us-east-1"].percent(now)) == ("pending", 50)
    assert [ami["region"] for ami in stand_in.image(arn)["outputResources"]["amis"]] == ["eu-west-1"]


@pytest.mark.parametrize(
    ("keeps", "left"), [("complete", ["eu-west-1"]), ("all", ["eu-west-1", "us-east-1"]), ("none", [])]
)
def test_cancelled_distribution_leaves_the_complete_copies_unless_scripted(
    keeps: Literal["complete", "all", "none"], left: list[str]
) -> None:
    """The pending one goes; AWS does not say so."""
    stand_in = StandIn()
    arn = stand_in.distribute(replace(COPYING, cancel_keeps=keeps))
    stand_in.clock.advance(50)
    stand_in.builder.advance()
    stand_in.on_image("CancelImageCreation", arn)
    stand_in.wait()

    assert [region for region, _, _ in stand_in.backend.amis] == left


def test_ec2_shows_a_pending_ami_and_its_growing_snapshot(aws: LocalAws, role: str, configuration: str) -> None:
    """Until both are complete."""
    arn = started(aws, role, configuration, Outcome(pending=0, distributing=3, integrating=0))
    assert eventually(lambda: bool(copies(aws, arn)))
    (image,) = copies(aws, arn)
    first = snapshot_of(aws, image)

    assert image["State"] == "pending"
    assert first["State"] == "pending"
    assert eventually(lambda: int(first["Progress"][:-1]) < int(snapshot_of(aws, image)["Progress"][:-1]) < 100)
    assert eventually(lambda: copies(aws, arn)[0]["State"] == "available")
    assert {name: snapshot_of(aws, image)[name] for name in ("State", "Progress")} == {
        "State": "completed",
        "Progress": "100%",
    }


def test_pending_amis_can_be_filtered(aws: LocalAws, role: str, configuration: str) -> None:
    """By the filter `state`."""
    arn = started(aws, role, configuration, Outcome(pending=0, distributing=60, hang="DISTRIBUTING"))
    assert eventually(lambda: bool(copies(aws, arn)))
    filters = [{"Name": "tag:Ec2ImageBuilderArn", "Values": [arn]}]
    ec2 = aws.client("ec2", "us-east-1")

    assert ec2.describe_images(Filters=[*filters, {"Name": "state", "Values": ["pending"]}])["Images"]
    assert not ec2.describe_images(Filters=[*filters, {"Name": "state", "Values": ["available"]}])["Images"]


def test_disabled_amis_are_shown_only_when_asked_for(aws: LocalAws) -> None:
    """Until they are enabled again."""
    ec2 = aws.client("ec2")
    ami = aws.register_source_ami("disabled")
    ec2.disable_image(ImageId=ami)
    filters = [{"Name": "image-id", "Values": [ami]}]

    assert ec2.describe_images(Filters=filters)["Images"] == []
    assert [image["State"] for image in ec2.describe_images(Filters=filters, IncludeDisabled=True)["Images"]] == [
        "disabled"
    ]
    ec2.enable_image(ImageId=ami)
    assert [image["State"] for image in ec2.describe_images(Filters=filters)["Images"]] == ["available"]


def test_deprecated_amis_are_hidden_from_other_accounts(aws: LocalAws) -> None:
    """Unless they ask for them; the owner sees them always, with the time."""
    own, other = aws.client("ec2"), aws.client("ec2", account="222222222222")
    ami = aws.register_source_ami("deprecated")
    own.modify_image_attribute(ImageId=ami, LaunchPermission={"Add": [{"UserId": "222222222222"}]})
    filters = [{"Name": "image-id", "Values": [ami]}]
    assert other.describe_images(Filters=filters)["Images"]
    own.enable_image_deprecation(ImageId=ami, DeprecateAt="2020-01-01T00:00:00Z")

    assert own.describe_images(Filters=filters)["Images"][0]["DeprecationTime"].startswith("2020-01-01")
    assert other.describe_images(Filters=filters)["Images"] == []
    assert other.describe_images(Filters=filters, IncludeDeprecated=True)["Images"]
    own.disable_image_deprecation(ImageId=ami)
    assert other.describe_images(Filters=filters)["Images"]


def test_amis_have_a_creation_date(aws: LocalAws) -> None:
    """By which a source can be told from its copies."""
    (image,) = aws.client("ec2").describe_images(ImageIds=[aws.register_source_ami("dated")])["Images"]

    assert image["CreationDate"].startswith("20")


def test_region_that_is_not_enabled_is_left_out(without_hong_kong: LocalAws) -> None:
    """Unless all are asked for."""
    ec2 = without_hong_kong.client("ec2")
    enabled = {region["RegionName"] for region in ec2.describe_regions()["Regions"]}
    (hong_kong,) = ec2.describe_regions(AllRegions=True, RegionNames=["ap-east-1"])["Regions"]

    assert {"eu-west-1", "af-south-1"} <= enabled
    assert "ap-east-1" not in enabled
    assert hong_kong["OptInStatus"] == "not-opted-in"


def test_distribution_to_a_region_that_is_not_enabled_fails(without_hong_kong: LocalAws) -> None:
    """In that Region, with EC2's words."""
    configuration = without_hong_kong.client("imagebuilder").create_distribution_configuration(
        name="asia", distributions=[{"region": "ap-east-1"}]
    )["distributionConfigurationArn"]
    failure = failure_of(
        without_hong_kong,
        sourceImage=without_hong_kong.register_source_ami(),
        distributionConfigurationArn=configuration,
        executionRole=made_role(without_hong_kong, "execution", EXECUTION_POLICY),
    )

    assert failure["region"] == "ap-east-1"
    assert "AuthFailure" in failure["errorMessage"]


def test_region_that_is_not_enabled_fails_without_a_server() -> None:
    """In memory too."""
    stand_in = StandIn(backend=InMemory(disabled_regions={"us-east-1"}))
    image = stand_in.image(stand_in.finish())

    assert [ami["region"] for ami in image["outputResources"]["amis"]] == ["eu-west-1"]
    assert image["state"]["status"] == "FAILED"


def test_omission_leaves_members_out_of_answers() -> None:
    """The named ones, as often as it says, of the named operation alone."""
    stand_in = StandIn()
    arn = stand_in.finish()
    stand_in.script.omissions.append(Omission("GetImage", ("image.outputResources.amis.accountId",), times=1))
    incomplete, complete = stand_in.image(arn), stand_in.image(arn)

    assert all("accountId" not in ami and "image" in ami for ami in incomplete["outputResources"]["amis"])
    assert all("accountId" in ami for ami in complete["outputResources"]["amis"])


def test_omission_of_no_names_leaves_out_every_optional_member() -> None:
    """All of GetImage's answer."""
    stand_in = StandIn()
    arn = stand_in.finish()
    stand_in.script.omissions.append(Omission("GetImage"))

    assert stand_in.call("GetImage", imageBuildVersionArn=arn) == {}
    assert stand_in.call("ListImages")["imageVersionList"]


def test_omissions_reach_the_server(aws: LocalAws, role: str, configuration: str) -> None:
    """By `script`."""
    arn = started(aws, role, configuration, QUICK)
    aws.script(omissions=[Omission("GetImage", ("image.state",))])
    image = aws.client("imagebuilder").get_image(imageBuildVersionArn=arn)["image"]
    aws.script()

    assert image["arn"] == arn
    assert "state" not in image


def test_unknown_region_is_refused(aws: LocalAws) -> None:
    """When the configuration is created."""
    with pytest.raises(ClientError, match="is not valid: eu-wset-1"):
        aws.client("imagebuilder").create_distribution_configuration(
            name="unknown-region", distributions=[{"region": "eu-wset-1"}]
        )
