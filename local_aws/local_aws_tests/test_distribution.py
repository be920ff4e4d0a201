"""What a distribution does over time: its states, its events, its AMIs."""

import re
from typing import Literal

import pytest

from local_aws.image_builder import Outcome, RegionFailure
from local_aws_tests.stand_in import AMI, StandIn

OUTCOME = Outcome(pending=1, distributing=4, integrating=2)
HERE, THERE = ("eu-west-1", "111122223333"), ("us-east-1", "111122223333")


def places(stand_in: StandIn) -> list[tuple[str, str]]:
    """The Region and account of every copy that exists."""
    return [(region, account) for region, account, _ in stand_in.backend.amis]


def test_its_state_is_a_function_of_the_time(stand_in: StandIn) -> None:
    """Nobody has to look for it to go on."""
    arn = stand_in.distribute(OUTCOME)
    seen = []
    for _ in range(8):
        seen.append(stand_in.status(arn))
        stand_in.clock.advance(1)

    assert seen == ["PENDING", *["DISTRIBUTING"] * 4, *["INTEGRATING"] * 2, "AVAILABLE"]


def test_every_change_has_one_event(stand_in: StandIn) -> None:
    """In order, once, however often and however late it is looked at."""
    arn = stand_in.finish(OUTCOME)
    stand_in.builder.advance()

    assert stand_in.events == [(arn, "DISTRIBUTING"), (arn, "INTEGRATING"), (arn, "AVAILABLE")]


def test_events_can_be_lost(stand_in: StandIn) -> None:
    """The states change all the same."""
    arn = stand_in.finish(Outcome(sends_events=False))

    assert stand_in.events == []
    assert stand_in.status(arn) == "AVAILABLE"


def test_events_can_be_late(stand_in: StandIn) -> None:
    """An event comes its delay after its change."""
    arn = stand_in.distribute(Outcome(pending=1, event_delay=5, hang="DISTRIBUTING"))
    stand_in.clock.advance(5)
    stand_in.builder.advance()
    assert stand_in.events == []

    stand_in.clock.advance(1)
    stand_in.builder.advance()
    stand_in.builder.advance()
    assert stand_in.events == [(arn, "DISTRIBUTING")]


def test_a_callback_may_call_back(stand_in: StandIn) -> None:
    """No lock is held while an event is sent, so that a handler can run inside of it, in a thread of its own too."""
    from concurrent.futures import ThreadPoolExecutor

    seen = []

    def look(arn: str, previous: str, status: str) -> None:
        with ThreadPoolExecutor() as pool:
            seen.append(pool.submit(stand_in.status, arn).result(timeout=5))

    stand_in.builder._on_state_change = look
    stand_in.finish(OUTCOME)

    assert seen == ["AVAILABLE"] * 3


def test_every_region_has_an_ami_in_the_end(stand_in: StandIn) -> None:
    """GetImage lists each with Region, account, id, name and state, and it exists there."""
    arn = stand_in.finish()
    listed = stand_in.image(arn)["outputResources"]["amis"]

    assert [(ami["region"], ami["accountId"]) for ami in listed] == [HERE, THERE]
    assert {(ami["region"], ami["accountId"], ami["image"]) for ami in listed} == set(stand_in.backend.amis)
    assert {ami["state"]["status"] for ami in listed} == {"AVAILABLE"}


def test_every_target_account_has_an_ami(stand_in: StandIn) -> None:
    """The targetAccountIds take the place of the own account."""
    accounts = ["222222222222", "333333333333"]
    settings = {"targetAccountIds": accounts}
    arn = stand_in.configure("accounts", [{"region": "eu-west-1", "amiDistributionConfiguration": settings}])
    stand_in.finish(distributionConfigurationArn=arn)

    assert places(stand_in) == [("eu-west-1", account) for account in accounts]


def to_an_account_without_a_role(stand_in: StandIn) -> str:
    """A configuration for the own account and for one whose role cannot be assumed."""
    stand_in.backend.target_role_problems["222222222222"] = "no role"
    settings = {"targetAccountIds": ["111122223333", "222222222222"]}
    return stand_in.configure("no-role", [{"region": "eu-west-1", "amiDistributionConfiguration": settings}])


def test_an_account_whose_role_cannot_be_assumed_fails(stand_in: StandIn) -> None:
    """In each of its Regions; the other accounts have their AMIs."""
    image = stand_in.finish(distributionConfigurationArn=to_an_account_without_a_role(stand_in))
    state = stand_in.image(image)["state"]

    assert state["status"] == "FAILED"
    assert state["failureContext"]["distributionFailure"]["regionFailures"] == [
        {"region": "eu-west-1", "targetAccountId": "222222222222", "status": "FAILED", "errorMessage": "no role"}
    ]
    assert places(stand_in) == [HERE]


def test_a_retry_finds_a_role_that_is_there_by_then(stand_in: StandIn) -> None:
    """It makes the copies that were missing."""
    image = stand_in.finish(distributionConfigurationArn=to_an_account_without_a_role(stand_in))
    stand_in.backend.target_role_problems.clear()
    stand_in.on_image("RetryImage", image)
    stand_in.wait()

    assert stand_in.status(image) == "AVAILABLE"
    assert places(stand_in) == [HERE, ("eu-west-1", "222222222222")]


def test_a_script_goes_before_a_missing_role(stand_in: StandIn) -> None:
    """A Region and account that a script fails is reported once, in the script's words."""
    arn = to_an_account_without_a_role(stand_in)
    outcome = Outcome(failures=(RegionFailure("eu-west-1", "scripted", account="222222222222"),))
    state = stand_in.image(stand_in.finish(outcome, distributionConfigurationArn=arn))["state"]
    failures = state["failureContext"]["distributionFailure"]["regionFailures"]

    assert [failure["errorMessage"] for failure in failures] == ["scripted"]


def test_copies_are_as_the_configuration_says(stand_in: StandIn) -> None:
    """Name with its date, description, tags with Image Builder's own, launch permission."""
    settings = {
        "name": "golden {{ imagebuilder:buildDate }}",
        "description": "The golden image",
        "amiTags": {"Team": "platform"},
        "launchPermission": {"userIds": ["444444444444"]},
    }
    arn = stand_in.configure("settings", [{"region": "eu-west-1", "amiDistributionConfiguration": settings}])
    image = stand_in.finish(distributionConfigurationArn=arn)
    (copy,) = stand_in.backend.amis.values()

    assert copy.source == AMI
    assert re.fullmatch(r"golden 2023-11-14T22-13-\d\d\.\d{3}Z", copy.name)
    assert copy.description == "The golden image"
    assert copy.tags == {"Team": "platform", "CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": image}
    assert copy.shared_with == ("444444444444",)


def test_parameters_hold_the_copies(stand_in: StandIn) -> None:
    """Each Region's parameter has that Region's AMI; one for another account has none."""
    parameters = [{"parameterName": "/golden"}, {"parameterName": "/other", "amiAccountId": "999999999999"}]
    regions = ("eu-west-1", "us-east-1")
    distributions = [{"region": region, "ssmParameterConfigurations": parameters} for region in regions]
    image = stand_in.finish(distributionConfigurationArn=stand_in.configure("parameters", distributions))
    amis = {ami["region"]: ami["image"] for ami in stand_in.image(image)["outputResources"]["amis"]}

    assert stand_in.backend.written == {(region, "111122223333", "/golden"): amis[region] for region in regions}


def test_parameters_are_written_last(stand_in: StandIn) -> None:
    """Not before the end of INTEGRATING."""
    distributions = [{"region": "eu-west-1", "ssmParameterConfigurations": [{"parameterName": "/golden"}]}]
    arn = stand_in.configure("parameters", distributions)
    image = stand_in.distribute(OUTCOME, distributionConfigurationArn=arn)
    stand_in.clock.advance(6)

    assert stand_in.status(image) == "INTEGRATING"
    assert stand_in.backend.written == {}


def test_a_later_change_of_the_configuration_changes_nothing(stand_in: StandIn) -> None:
    """A distribution goes by the configuration as it was when it started."""
    stand_in.distribute()
    stand_in.call(
        "UpdateDistributionConfiguration",
        distributionConfigurationArn=stand_in.configuration,
        distributions=[{"region": "ap-south-1"}],
        clientToken="update",
    )
    stand_in.wait()

    assert places(stand_in) == [HERE, THERE]


def test_a_failure_says_where_and_why(stand_in: StandIn) -> None:
    """The state carries a reason, and the failure context every Region, account, status, step and message."""
    failures = (
        RegionFailure("us-east-1", "Image size exceeds the limit", step="EXPORT_AMI"),
        RegionFailure("eu-west-1", "No role", account="222222222222", status="TIMED_OUT"),
    )
    state = stand_in.image(stand_in.finish(Outcome(failures=failures)))["state"]

    assert state["status"] == "FAILED"
    assert "us-east-1 (111122223333), eu-west-1 (222222222222)" in state["reason"]
    assert state["failureContext"]["distributionFailure"]["errorMessage"] == state["reason"]
    assert state["failureContext"]["distributionFailure"]["regionFailures"] == [
        {
            "region": "us-east-1",
            "targetAccountId": "111122223333",
            "status": "FAILED",
            "errorMessage": "Image size exceeds the limit",
            "imageConfigurationStep": "EXPORT_AMI",
        },
        {
            "region": "eu-west-1",
            "targetAccountId": "222222222222",
            "status": "TIMED_OUT",
            "errorMessage": "No role",
        },
    ]


def test_a_partial_failure_leaves_the_copies_that_succeeded(stand_in: StandIn) -> None:
    """They exist and are listed; the Region that failed has none."""
    arn = stand_in.finish(Outcome(failures=(RegionFailure("us-east-1", "no"),)))

    assert places(stand_in) == [HERE]
    assert [ami["region"] for ami in stand_in.image(arn)["outputResources"]["amis"]] == ["eu-west-1"]


def test_a_copy_whose_step_failed_is_listed_as_failed(stand_in: StandIn) -> None:
    """The AMI is there, so that it can be found and removed."""
    failure = RegionFailure("us-east-1", "Parameter limit", step="PUT_SSM_PARAMETERS")
    listed = stand_in.image(stand_in.finish(Outcome(failures=(failure,))))["outputResources"]["amis"]

    assert [ami["state"] for ami in listed] == [
        {"status": "AVAILABLE"},
        {"status": "FAILED", "reason": "Parameter limit"},
    ]


@pytest.mark.parametrize(("lists_source", "places"), [("", []), ("first", [0]), ("last", [2])])
def test_source_can_be_listed_before_or_after_the_copies(
    stand_in: StandIn, lists_source: Literal["", "first", "last"], places: list[int]
) -> None:
    """AWS does not say whether it is; a script chooses."""
    arn = stand_in.finish(Outcome(lists_source=lists_source))
    listed = [ami["image"] for ami in stand_in.image(arn)["outputResources"]["amis"]]

    assert [place for place, ami in enumerate(listed) if ami == AMI] == places


def test_amis_can_be_listed_at_the_end_only(stand_in: StandIn) -> None:
    """AWS does not say when they are; a script chooses."""
    stand_in.builder.script.outcomes.append(Outcome(lists_at_end=True))
    arn = stand_in.distribute()
    stand_in.clock.advance(1.4)
    assert stand_in.status(arn) == "INTEGRATING"
    assert stand_in.image(arn)["outputResources"] == {"amis": []}

    stand_in.wait()
    assert len(stand_in.image(arn)["outputResources"]["amis"]) == 2
