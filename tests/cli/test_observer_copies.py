"""What a round of reading finds out of the copies in each Region and account."""

from __future__ import annotations

import pytest

from cdk_image_distribution_cli.aws import Aws
from cdk_image_distribution_cli.observer import Observer
from cdk_image_distribution_cli.progress import Copy, CopyState, State, Target

from .conftest import FakeClock
from .fake_aws import ACCOUNT, OTHER_ACCOUNT, REGION, FakeAws, Refused
from .observed import copy_in, only
from .rollout import CONFIGURATION_ARN, Rollout, image_arn


def test_running_distribution_shows_the_snapshot_progress_of_each_region(
    fake: FakeAws, observer: Observer, clock: FakeClock
) -> None:
    """A Region without an AMI waits."""
    rollout = Rollout.begin(fake)
    rollout.start()
    ami_id = rollout.copy("us-east-1", "42%")
    clock.time += 90
    found = only(observer)
    assert (found.state, found.status, found.elapsed) == (State.DISTRIBUTING, "DISTRIBUTING", 90)
    assert copy_in(found, "eu-west-1") == Copy(Target("eu-west-1", ACCOUNT), CopyState.WAITING)
    assert copy_in(found, "us-east-1") == Copy(Target("us-east-1", ACCOUNT), CopyState.COPYING, ami_id, 42)


def test_progress_of_an_ami_weighs_its_snapshots_by_size(fake: FakeAws, observer: Observer) -> None:
    """A small volume that is copied is not half of the work; a snapshot without progress counts as 0."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.copy("us-east-1", "100%")
    fake.amis["us-east-1"][0]["BlockDeviceMappings"].append({"Ebs": {"SnapshotId": "snap-large"}})
    fake.snapshots["us-east-1"].append({"SnapshotId": "snap-large", "VolumeSize": 24, "Progress": ""})
    assert copy_in(only(observer), "us-east-1").percent == 25


def test_listed_ami_without_the_tag_is_read_by_its_id(fake: FakeAws, observer: Observer) -> None:
    """In the home Region Image Builder may list the source AMI itself."""
    rollout = Rollout.begin(fake)
    rollout.start()
    fake.amis[REGION] = [{"ImageId": "ami-source", "State": "available"}]
    fake.images[image_arn("Distribution")]["outputResources"] = {"amis": [{"region": REGION, "image": "ami-source"}]}
    assert copy_in(only(observer), REGION) == Copy(Target(REGION, ACCOUNT), CopyState.AVAILABLE, "ami-source", 100)
    fake.amis[REGION][0]["State"] = "pending"
    assert copy_in(only(observer), REGION) == Copy(Target(REGION, ACCOUNT), CopyState.COPYING, "ami-source")


def pending_without_tag(fake: FakeAws, rollout: Rollout, **more: str) -> None:
    """Let EC2 show a pending AMI that has no tags yet."""
    rollout.copy("us-east-1", "30%")
    del fake.amis["us-east-1"][0]["Tags"]
    fake.amis["us-east-1"][0] |= {"Name": "golden-2027-01-15T08-00", "CreationDate": "2027-01-15T08:00:01.000Z", **more}


def test_pending_ami_without_the_tag_is_found_by_its_name(fake: FakeAws, observer: Observer) -> None:
    """Whether EC2 shows the tag while it copies is not documented."""
    rollout = Rollout.begin(fake)
    rollout.start()
    pending_without_tag(fake, rollout)
    assert copy_in(only(observer), "us-east-1").percent == 30


@pytest.mark.parametrize(
    "other", [{"Name": "silver-2027-01-15T08-00"}, {"CreationDate": "2027-01-15T07:59:59.000Z"}], ids=("name", "time")
)
def test_pending_ami_of_something_else_is_not_taken(other: dict[str, str], fake: FakeAws, observer: Observer) -> None:
    """Another name, or begun before the image."""
    rollout = Rollout.begin(fake)
    rollout.start()
    pending_without_tag(fake, rollout, **other)
    assert copy_in(only(observer), "us-east-1").state is CopyState.WAITING


def test_pending_ami_whose_name_two_images_have_is_not_taken(fake: FakeAws, observer: Observer) -> None:
    """Two distributions with one configuration."""
    rollout = Rollout.begin(fake, ("Distribution", "Second"))
    rollout.start()
    pending_without_tag(fake, rollout)
    first, second = observer.observe().distributions
    assert {copy_in(item, "us-east-1").state for item in (first, second)} == {CopyState.WAITING}


def test_account_that_cannot_be_reached_is_unknown(fake: FakeAws, observer: Observer) -> None:
    """No role is given, and that is no error."""
    rollout = Rollout.begin(fake)
    rollout.start()
    settings = {"targetAccountIds": [ACCOUNT, OTHER_ACCOUNT]}
    fake.configurations[CONFIGURATION_ARN] = [{"region": REGION, "amiDistributionConfiguration": settings}]
    found = copy_in(only(observer), REGION, OTHER_ACCOUNT)
    assert found.state is CopyState.UNKNOWN
    assert "--role-name" in found.reason


def test_account_is_read_with_the_role_that_is_named(fake: FakeAws, clock: FakeClock) -> None:
    """The role is assumed once."""
    rollout = Rollout.begin(fake)
    rollout.start()
    settings = {"targetAccountIds": [OTHER_ACCOUNT]}
    fake.configurations[CONFIGURATION_ARN] = [
        {"region": region, "amiDistributionConfiguration": settings} for region in (REGION, "us-east-1")
    ]
    rollout.copy(REGION, "10%")
    observer = Observer(Aws(fake.session(), "Reader"), "Golden", clock)
    for _ in range(2):
        assert copy_in(only(observer), REGION, OTHER_ACCOUNT).percent == 10
    (assumed,) = (parameters for _, operation, _, parameters in fake.calls if operation == "AssumeRole")
    assert assumed["RoleArn"] == f"arn:aws:iam::{OTHER_ACCOUNT}:role/Reader"


def test_account_whose_role_is_refused_is_unknown(fake: FakeAws, clock: FakeClock) -> None:
    """The reason is IAM's."""
    rollout = Rollout.begin(fake)
    rollout.start()
    settings = {"targetAccountIds": [OTHER_ACCOUNT]}
    fake.configurations[CONFIGURATION_ARN] = [{"region": REGION, "amiDistributionConfiguration": settings}]
    fake.refused["AssumeRole"] = Refused("AccessDenied", "not authorized to perform: sts:AssumeRole on x")
    observer = Observer(Aws(fake.session(), "Reader"), "Golden", clock)
    found = copy_in(only(observer), REGION, OTHER_ACCOUNT)
    assert found.state is CopyState.UNKNOWN
    assert "sts:AssumeRole is denied" in found.reason


def test_region_that_is_denied_is_unknown(fake: FakeAws, observer: Observer) -> None:
    """The other Regions and the image are still shown."""
    Rollout.begin(fake).start()
    fake.refused["DescribeImages"] = Refused("UnauthorizedOperation", "not authorized to perform: ec2:DescribeImages")
    found = only(observer)
    assert found.state is State.DISTRIBUTING
    assert {copy.state for copy in found.copies} == {CopyState.UNKNOWN}
