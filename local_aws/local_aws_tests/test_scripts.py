"""Scripts: faults and outcomes, used up as they happen."""

import json
import threading
from pathlib import Path

import pytest

from local_aws.image_builder import AnswerLost, Call, Fault, Outcome, RegionFailure, Script, ServiceError
from local_aws.state_folder import StateFolder
from local_aws_tests.stand_in import StandIn


def test_the_first_calls_are_throttled(stand_in: StandIn) -> None:
    """Then all is well, and nothing has started before."""
    stand_in.script.faults.append(Fault("DistributeImage", "CallRateLimitExceededException", times=2))
    for _ in range(2):
        with pytest.raises(ServiceError, match="CallRateLimitExceededException") as refusal:
            stand_in.distribute()
        assert refusal.value.status == 429
    assert not stand_in.builder.store.images

    assert stand_in.distribute()


def test_a_fault_waits_for_its_turn(stand_in: StandIn) -> None:
    """`after` calls pass first; other operations do not count."""
    stand_in.script.faults.append(Fault("ListImages", "ServiceException", after=1))
    stand_in.call("ListImages")
    stand_in.call("ListDistributionConfigurations")
    with pytest.raises(ServiceError, match="ServiceException"):
        stand_in.call("ListImages")

    assert stand_in.call("ListImages")


def test_a_fault_can_be_of_every_operation_and_for_ever(stand_in: StandIn) -> None:
    """A service that is down."""
    stand_in.script.faults.append(Fault("*", "ServiceUnavailableException", times=None))
    for operation in ("ListImages", "ListDistributionConfigurations", "ListImages"):
        with pytest.raises(ServiceError, match="ServiceUnavailableException"):
            stand_in.call(operation)


def test_an_error_may_come_with_any_status(stand_in: StandIn) -> None:
    """As a bare 502 of something in between does."""
    stand_in.script.faults.append(Fault("ListImages", "BadGateway", "bad", status=502))
    with pytest.raises(ServiceError) as refusal:
        stand_in.call("ListImages")

    assert (refusal.value.code, refusal.value.message, refusal.value.status) == ("BadGateway", "bad", 502)


def test_a_call_can_take_effect_and_be_answered_with_an_error(stand_in: StandIn) -> None:
    """The repeat with the same token finds the distribution that runs."""
    stand_in.script.faults.append(Fault("DistributeImage", "ServiceException", takes_effect=True))
    request = stand_in.request()
    with pytest.raises(ServiceError, match="ServiceException"):
        stand_in.call("DistributeImage", **request)
    (arn,) = stand_in.builder.store.images

    assert stand_in.call("DistributeImage", **request)["imageBuildVersionArn"] == arn


def test_an_answer_can_be_lost(stand_in: StandIn) -> None:
    """What was asked for is done."""
    stand_in.script.faults.append(Fault("DistributeImage", lost=True))
    with pytest.raises(AnswerLost):
        stand_in.distribute()

    assert len(stand_in.builder.store.images) == 1


def test_an_answer_can_be_slow(stand_in: StandIn) -> None:
    """The time passes in the clock of the stand-in, and the answer is what it would have been."""
    stand_in.script.faults.append(Fault("ListImages", delay=30))
    before = stand_in.clock()

    assert stand_in.call("ListImages")["imageVersionList"] == []
    assert stand_in.clock() == before + 30


def test_outcomes_are_used_up_in_their_order(stand_in: StandIn) -> None:
    """The next distribution fails, two are cancelled late, and all others go by the default."""
    failing = Outcome(failures=(RegionFailure("us-east-1", "no"),))
    stand_in.script.outcomes += [failing, Outcome(hang="PENDING", times=2)]
    statuses = [stand_in.status(stand_in.finish()) for _ in range(4)]

    assert statuses == ["FAILED", "PENDING", "PENDING", "AVAILABLE"]


def test_every_call_is_logged_with_its_outcome(stand_in: StandIn) -> None:
    """Whether it went well, was refused or was lost, with parameters and time."""
    stand_in.builder.calls.clear()
    stand_in.script.faults += [Fault("ListImages", "ServiceException"), Fault("ListImages", lost=True)]
    for expected in (ServiceError, AnswerLost):
        with pytest.raises(expected):
            stand_in.call("ListImages", owner="Self")
    stand_in.call("ListImages", owner="Self")

    assert stand_in.builder.calls == [
        Call("ListImages", "eu-west-1", {"owner": "Self"}, outcome, stand_in.clock())
        for outcome in ("ServiceException", "lost", "ok")
    ]


def test_calls_at_once_start_one_distribution(stand_in: StandIn) -> None:
    """Twenty threads with one token get one ARN."""
    request = stand_in.request()
    arns = []
    barrier = threading.Barrier(20)

    def distribute() -> None:
        barrier.wait()
        arns.append(stand_in.call("DistributeImage", **request)["imageBuildVersionArn"])

    threads = [threading.Thread(target=distribute) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(arns) == 20
    assert len(set(arns)) == len(stand_in.builder.store.images) == 1


def test_a_script_survives_json() -> None:
    """It crosses a process boundary as text."""
    script = Script(
        outcomes=[Outcome(times=None, failures=(RegionFailure("us-east-1", "no"),), lifecycle_failures=("in use",))],
        faults=[Fault("GetImage", "ServiceException", times=3)],
        default=Outcome(hang="PENDING"),
    )

    assert Script.from_json(json.loads(json.dumps(script.to_json()))) == script


def test_a_folder_hands_over_scripts_and_calls(tmp_path: Path) -> None:
    """A script is used up across reads until another is written; calls are read back as they were."""
    folder = StateFolder(tmp_path)
    assert folder.script() == Script()
    assert folder.calls() == []

    folder.write_script(Script(faults=[Fault("GetImage", "ServiceException")]))
    assert folder.script().next_fault("GetImage") is not None
    assert folder.script().next_fault("GetImage") is None

    folder.write_script(Script(faults=[Fault("GetImage", "ServiceException")]))
    assert folder.script().next_fault("GetImage") is not None

    call = Call("GetImage", "eu-west-1", {"a": [1]}, "ok", 12.5)
    folder.add_call(call)
    assert folder.calls() == [call]
