"""The life of an image as a plan over time."""

import pytest

from local_aws.image_builder import Outcome, RegionFailure
from local_aws.image_builder.model import service_model
from local_aws.image_builder.states import RUNNING, STATE_UPDATES, TERMINAL, Due, Target, distribution_plan

ACCOUNT = "111122223333"
HERE, THERE = Target("eu-west-1", ACCOUNT), Target("us-east-1", ACCOUNT)
OUTCOME = Outcome(pending=1, distributing=4, integrating=2)


def plan(outcome: Outcome) -> list[Due]:
    """The plan of a distribution to two Regions that starts at 100."""
    return list(distribution_plan(outcome, [HERE, THERE], ACCOUNT, 100.0))


def test_the_states_are_those_of_the_model() -> None:
    """A status that a new model adds has to be placed; three belong to builds, which a distribution is not."""
    of_builds = {"CREATING", "BUILDING", "TESTING"}

    assert {*RUNNING, *TERMINAL, *of_builds} == set(service_model().shape_for("ImageStatus").metadata["enum"])
    assert set(STATE_UPDATES) == set(service_model().shape_for("ResourceStatus").metadata["enum"])


def test_a_success_goes_through_every_state() -> None:
    """The copies come one by one while it is DISTRIBUTING."""
    assert plan(OUTCOME) == [
        Due(101, "DISTRIBUTING"),
        Due(101, begins=HERE, ends=103),
        Due(101, begins=THERE, ends=105),
        Due(103, copy=HERE),
        Due(105, copy=THERE),
        Due(105, "INTEGRATING"),
        Due(107, "AVAILABLE"),
    ]


def test_a_failed_copy_ends_it_without_integrating() -> None:
    """The other Region has its copy, and there is nothing to integrate."""
    failing = Outcome(pending=1, distributing=4, failures=(RegionFailure("us-east-1", "no"),))

    begun = Due(101, begins=HERE, ends=105)
    assert plan(failing) == [Due(101, "DISTRIBUTING"), begun, Due(105, copy=HERE), Due(105, "FAILED")]


def test_a_failed_step_comes_after_its_copy() -> None:
    """A step configures an AMI that exists, so both Regions have theirs."""
    failure = RegionFailure("us-east-1", "no", step="UPDATE_LAUNCH_TEMPLATES")
    statuses = [due.status or due.copy for due in plan(Outcome(failures=(failure,))) if not due.begins]

    assert statuses == ["DISTRIBUTING", HERE, THERE, "INTEGRATING", "FAILED"]


def test_a_failure_in_another_account_of_the_region_leaves_this_one() -> None:
    """Region and account together name a copy."""
    failing = Outcome(failures=(RegionFailure("us-east-1", "no", account="999999999999"),))

    assert THERE in [due.copy for due in plan(failing)]


@pytest.mark.parametrize(
    ("status", "statuses"),
    [
        ("PENDING", []),
        ("DISTRIBUTING", ["DISTRIBUTING", HERE, THERE]),
        ("INTEGRATING", ["DISTRIBUTING", HERE, THERE, "INTEGRATING"]),
    ],
)
def test_a_distribution_that_hangs_stays_in_its_state(status: str, statuses: list[object]) -> None:
    """What comes before happens, what comes after never does."""
    assert [due.status or due.copy for due in plan(Outcome(hang=status)) if not due.begins] == statuses


def test_an_unknown_state_to_hang_in_hangs_nowhere() -> None:
    """A success goes on to its end."""
    assert plan(Outcome(hang="TESTING"))[-1].status == "AVAILABLE"
