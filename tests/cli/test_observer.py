"""One round of reading a stack's distributions."""

from __future__ import annotations

import pytest

from cdk_image_distribution_cli.aws import Aws
from cdk_image_distribution_cli.errors import Unread
from cdk_image_distribution_cli.observer import Observer
from cdk_image_distribution_cli.progress import Copy, CopyState, Distribution, State, Target
from cdk_image_distribution_cli.stack import DISTRIBUTION, WAIT

from .conftest import FakeClock
from .fake_aws import ACCOUNT, OTHER_ACCOUNT, REGION, START, FakeAws, Refused, moment
from .rollout import CONFIGURATION_ARN, Rollout, image_arn


@pytest.fixture
def observer(aws: Aws, clock: FakeClock) -> Observer:
    """An observer of the stack Golden."""
    return Observer(aws, "Golden", clock)


def only(observer: Observer) -> Distribution:
    """Observe, and return the stack's one distribution."""
    (found,) = observer.observe().distributions
    return found


def copy_in(distribution: Distribution, region: str, account: str = ACCOUNT) -> Copy:
    """Return the copy of a Region and account."""
    (found,) = (copy for copy in distribution.copies if copy.target == Target(region, account))
    return found


def test_stack_that_does_not_exist_has_not_begun(observer: Observer) -> None:
    """`cdk deploy` synthesises first."""
    progress = observer.observe()
    assert not progress.has_begun
    assert not progress.has_ended


def test_stack_in_review_has_not_begun(fake: FakeAws, observer: Observer) -> None:
    """A change set makes a stack without resources, whose template cannot be read."""
    Rollout.begin(fake).stack.status = "REVIEW_IN_PROGRESS"
    fake.refused["GetTemplate"] = Refused("ValidationError", "Stack is in REVIEW_IN_PROGRESS")
    progress = observer.observe()
    assert not progress.has_begun
    assert progress.notes == ()


def test_distribution_before_its_turn_is_not_started(fake: FakeAws, observer: Observer) -> None:
    """The template has it before CloudFormation begins with its resource."""
    Rollout.begin(fake, parts=3)
    found = only(observer)
    assert (found.name, found.state, found.timeout) == ("Distribution", State.NOT_STARTED, 3 * 3300)


def test_distribution_that_cloudformation_creates_is_starting(fake: FakeAws, observer: Observer) -> None:
    """The function has not answered yet."""
    Rollout.begin(fake).stack.put("Distribution0A", DISTRIBUTION, "CREATE_IN_PROGRESS")
    assert only(observer).state is State.STARTING


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


def test_available_distribution_has_all_amis_and_ends(fake: FakeAws, observer: Observer, clock: FakeClock) -> None:
    """How long it took is that of the round which found it."""
    rollout = Rollout.begin(fake)
    rollout.start()
    observer.observe()
    rollout.finish()
    clock.time += 600
    progress = observer.observe()
    (found,) = progress.distributions
    assert (found.state, found.elapsed) == (State.AVAILABLE, 600)
    assert {copy.state for copy in found.copies} == {CopyState.AVAILABLE}
    assert progress.has_ended


def test_ended_distribution_is_not_read_again(fake: FakeAws, observer: Observer) -> None:
    """Only CloudFormation is asked."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.finish()
    observer.observe()
    fake.calls.clear()
    observer.observe()
    assert set(fake.operations) == {"DescribeStacks", "ListStackResources"}


def test_failed_distribution_has_image_builders_reason_for_the_region_and_its_remedy(
    fake: FakeAws, observer: Observer
) -> None:
    """The other Region is not blamed."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.fail("us-east-1", "The KMS key is not accessible.")
    found = only(observer)
    assert found.state is State.FAILED
    failed = copy_in(found, "us-east-1")
    assert failed.reason == "FAILED: The KMS key is not accessible."
    assert failed.remedy.startswith("Let the execution role")


def test_failure_stays_when_the_rollback_deletes_the_image(fake: FakeAws, observer: Observer) -> None:
    """The reason is what the user wants to read."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.fail("us-east-1", "Denied.")
    before = only(observer)
    rollout.stack.status = "ROLLBACK_COMPLETE"
    fake.images.clear()
    rollout.stack.put("Distribution0A", DISTRIBUTION, "DELETE_COMPLETE", image_arn("Distribution"))
    progress = observer.observe()
    assert progress.distributions == (before,)
    assert progress.has_ended


def test_refused_start_has_the_reason_of_the_resource(fake: FakeAws, observer: Observer) -> None:
    """A failed Create has its client token as physical id, which is no image."""
    rollout = Rollout.begin(fake)
    reason = "Distributing ami-1: ResourceNotFoundException: The AMI does not exist."
    rollout.stack.put("Distribution0A", DISTRIBUTION, "CREATE_FAILED", "0f1e2d3c", reason)
    found = only(observer)
    assert (found.state, found.reason, found.image_arn) == (State.FAILED, reason, "")


def test_sibling_of_a_failure_is_cancelled(fake: FakeAws, observer: Observer) -> None:
    """CloudFormation cancels what it had begun."""
    rollout = Rollout.begin(fake)
    rollout.stack.put("Distribution0A", DISTRIBUTION, "CREATE_FAILED", "", "Resource creation cancelled")
    assert only(observer).state is State.CANCELLED


def test_failed_wait_of_a_running_image_is_a_timeout_when_the_time_is_up(
    fake: FakeAws, observer: Observer, clock: FakeClock
) -> None:
    """The rollback cancels the image only later."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.stack.put("DistributionWait1", WAIT, "CREATE_FAILED", "x", "Still DISTRIBUTING after 55 minutes.")
    rollout.stack.status = "ROLLBACK_IN_PROGRESS"
    fake.images[image_arn("Distribution")]["dateCreated"] = moment(START - 3300).isoformat()
    found = only(observer)
    assert (found.state, found.reason) == (State.TIMED_OUT, "Still DISTRIBUTING after 55 minutes.")


def test_failed_wait_of_a_running_image_before_its_time_is_a_failure(fake: FakeAws, observer: Observer) -> None:
    """For example, no rule could be made."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.stack.put("DistributionWait1", WAIT, "CREATE_FAILED", "x", "events:PutRule is denied.")
    assert only(observer).state is State.FAILED


def test_image_that_is_retried_after_the_deployment_is_followed(fake: FakeAws, observer: Observer) -> None:
    """A stack without rollback keeps the failed wait."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.stack.put("DistributionWait1", WAIT, "CREATE_FAILED", "x", "us-east-1 FAILED")
    rollout.stack.status = "CREATE_FAILED"
    progress = observer.observe()
    assert progress.distributions[0].state is State.DISTRIBUTING
    assert not progress.has_ended


def test_reason_of_an_image_that_was_never_seen_is_in_the_events(fake: FakeAws, observer: Observer) -> None:
    """Only events of the last operation count, and the first failure of a resource is its cause."""
    rollout = Rollout.begin(fake)
    rollout.stack.status = "ROLLBACK_COMPLETE"
    rollout.stack.put("Distribution0A", DISTRIBUTION, "DELETE_COMPLETE", image_arn("Distribution"))

    def event(logical_id: str, at: float, reason: str) -> dict[str, object]:
        return {
            "StackId": rollout.stack.id,
            "EventId": "e",
            "StackName": "Golden",
            "LogicalResourceId": logical_id,
            "ResourceStatus": "CREATE_FAILED",
            "ResourceStatusReason": reason,
            "Timestamp": moment(at),
        }

    rollout.stack.events = [
        event("DistributionWait1", START + 2, "us-east-1 FAILED"),
        event("Distribution0A", START - 9, "An operation before."),
    ]
    found = only(observer)
    assert (found.state, found.reason) == (State.FAILED, "us-east-1 FAILED")


def test_rollback_of_an_update_keeps_the_image_that_failed(fake: FakeAws, observer: Observer) -> None:
    """CloudFormation names the image before again, which is available."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.fail("us-east-1", "Denied.")
    observer.observe()
    before = image_arn("Distribution", 2)
    fake.images[before] = {"state": {"status": "AVAILABLE"}}
    rollout.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    rollout.stack.put("Distribution0A", DISTRIBUTION, "UPDATE_COMPLETE", before)
    assert only(observer).state is State.FAILED


def test_update_follows_the_new_image(fake: FakeAws, observer: Observer) -> None:
    """The old one is not current: the update has not come to it."""
    rollout = Rollout.begin(fake)
    rollout.start()
    rollout.finish()
    rollout.stack.status, rollout.stack.updated = "UPDATE_IN_PROGRESS", START + 50
    before = observer.observe()
    assert not before.distributions[0].is_current
    assert not before.has_ended
    new = image_arn("Distribution", 2)
    fake.images[new] = {"state": {"status": "PENDING"}}
    rollout.stack.put("Distribution0A", DISTRIBUTION, "UPDATE_COMPLETE", new, at=START + 60)
    assert (only(observer).image_arn, only(observer).state) == (new, State.DISTRIBUTING)


def test_throttled_read_keeps_what_was_known(fake: FakeAws, observer: Observer) -> None:
    """The round says what it did not read."""
    rollout = Rollout.begin(fake)
    rollout.start()
    observer.observe()
    fake.refused["GetImage"] = Refused("TooManyRequestsException", "Slow down.")
    progress = observer.observe()
    assert progress.distributions[0].state is State.DISTRIBUTING
    assert "TooManyRequestsException" in progress.notes[0]


def test_image_that_may_not_be_read_is_unknown(fake: FakeAws, observer: Observer) -> None:
    """It ends when the stack does."""
    rollout = Rollout.begin(fake)
    rollout.start()
    fake.refused["GetImage"] = Refused("AccessDeniedException", "not authorized to perform: imagebuilder:GetImage on x")
    progress = observer.observe()
    assert progress.distributions[0].state is State.UNKNOWN
    assert "imagebuilder:GetImage is denied" in progress.distributions[0].reason
    assert not progress.has_ended
    rollout.stack.status = "CREATE_COMPLETE"
    assert observer.observe().has_ended


def test_cloudformation_that_does_not_answer_is_an_error_at_first_only(fake: FakeAws, observer: Observer) -> None:
    """Later a few rounds may fail."""
    fake.refused["DescribeStacks"] = Refused("AccessDenied", "not authorized to perform: cloudformation:DescribeStacks")
    with pytest.raises(Unread, match="cloudformation:DescribeStacks is denied"):
        observer.observe()
    fake.refused.clear()
    Rollout.begin(fake).start()
    observer.observe()
    fake.refused["DescribeStacks"] = Refused("Throttling", "Rate exceeded")
    assert observer.observe().notes
    with pytest.raises(Unread):
        for _ in range(9):
            observer.observe()


def test_deleted_stack_ends(fake: FakeAws, observer: Observer) -> None:
    """Its distributions are deleted with it."""
    rollout = Rollout.begin(fake)
    rollout.start()
    observer.observe()
    fake.stacks.clear()
    fake.images.clear()
    progress = observer.observe()
    assert progress.stack_status == "DELETE_COMPLETE"
    assert progress.distributions[0].state is State.DELETED
    assert progress.has_ended


def test_distribution_of_a_nested_stack_is_shown(fake: FakeAws, observer: Observer) -> None:
    """The nested stack's own id is that of its distributions."""
    rollout = Rollout.begin(fake)
    rollout.start()
    nested = rollout.stack
    nested.name = "Inner"
    outer = type(nested)("Golden", "CREATE_IN_PROGRESS", {"Resources": {}})
    outer.put("Nested", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS", nested.id)
    fake.stacks.append(outer)
    found = only(observer)
    assert (found.stack_id, found.state) == (nested.id, State.DISTRIBUTING)
