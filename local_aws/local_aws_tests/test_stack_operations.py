"""CloudFormation's operations as a custom resource meets them: statuses, order, cancellation, clean-up."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws
from local_aws_tests.stacks import Function, Resources, Stack, after
from local_aws_tests.waiting import eventually

MINUTE = 60


def failing(function: Function, *dependencies: str) -> dict[str, Any]:
    """A resource whose Create fails."""
    return {**function.custom("failing", Fail="Create"), "DependsOn": list(dependencies)}


def test_status_during_create_update_and_delete(function: Function, stack: Stack) -> None:
    """A request finds its own stack and resource in progress, with the physical id so far."""
    stack.create({"A": function.custom("one", Observe="1")})
    stack.update({"A": function.custom("one", Observe="2")})
    stack.delete()

    assert function.observed(stack, "A") == [
        ("Create", "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", ""),
        ("Update", "UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "one"),
        ("Delete", "DELETE_IN_PROGRESS", "DELETE_IN_PROGRESS", "one"),
    ]


def test_status_in_the_clean_up_of_an_update(function: Function, stack: Stack) -> None:
    """What was replaced is deleted while the resource is complete; what was removed is in progress itself."""
    stack.create({"A": function.custom("one", Observe="1"), "B": function.custom("b", Observe="1")})
    assert stack.update({"A": function.custom("two", Observe="1")}) == "UPDATE_COMPLETE"

    cleaning = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    assert function.observed(stack, "A")[-1] == ("Delete", cleaning, "UPDATE_COMPLETE", "two")
    assert function.observed(stack, "B")[-1] == ("Delete", cleaning, "DELETE_IN_PROGRESS", "b")


def test_status_of_a_resource_that_an_update_adds(function: Function, stack: Stack) -> None:
    """The resource is created while the stack is updated."""
    stack.create({"A": function.custom("one")})
    stack.update({"A": function.custom("one"), "B": function.custom("b", Observe="1")})

    assert function.observed(stack, "B") == [("Create", "UPDATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "")]


def test_status_during_a_rollback(function: Function, stack: Stack) -> None:
    """The Update back runs in the rollback, the Deletes that follow in its clean-up."""
    stack.create({"A": function.custom("one", Observe="1")})
    changed = {"A": function.custom("two", Observe="1"), "B": after("A", function.custom("b", Observe="1"))}
    assert stack.update({**changed, "C": failing(function, "A", "B")}) == "UPDATE_ROLLBACK_COMPLETE"

    cleaning = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    assert function.observed(stack, "A")[2:] == [
        ("Update", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_IN_PROGRESS", "two"),
        ("Delete", cleaning, "UPDATE_COMPLETE", "one"),
    ]
    assert function.observed(stack, "B")[-1] == ("Delete", cleaning, "DELETE_IN_PROGRESS", "b")


def test_status_during_the_rollback_of_a_create(function: Function, stack: Stack) -> None:
    """A Delete runs in the rollback."""
    stack.create({"A": function.custom("one", Observe="1"), "B": failing(function, "A")})

    assert function.observed(stack, "A")[-1] == ("Delete", "ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS", "one")


def policies(*actions: str) -> Resources:
    """A role, and a policy of it that allows actions."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}},
        "Policy": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "own",
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
                "Roles": [{"Ref": "Role"}],
            },
        },
    }


def order_of(stack: Stack, *statuses: str) -> list[str]:
    """The resources in the order in which they got one of these statuses."""
    return [event["LogicalResourceId"] for event in stack.events() if event["ResourceStatus"] in statuses]


def test_policy_changes_before_what_depends_on_it_is_removed(function: Function, stack: Stack) -> None:
    """An update changes the policy first, then deletes the resources that it removes."""
    both = {"A": after("Policy", function.custom("a")), "B": after("Policy", function.custom("b"))}
    stack.create({**policies("s3:GetObject", "s3:PutObject"), **both})
    stack.update({**policies("s3:GetObject"), "A": both["A"]})

    updated = order_of(stack, "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
    assert updated == [stack.name, "Policy", "B"]


def test_removed_resources_go_after_their_dependents(function: Function, stack: Stack) -> None:
    """Removed and replaced resources are deleted in the reverse order of the old template."""
    stack.create(
        {
            **policies("s3:GetObject"),
            "A": after("Policy", function.custom("a")),
            "B": after("A", function.custom("b-1")),
        }
    )
    stack.update({"B": function.custom("b-2"), "Z": function.custom("z")})

    assert order_of(stack, "DELETE_IN_PROGRESS") == ["B", "A", "Policy", "Role"]


def test_resource_that_did_not_change_is_left_alone(function: Function, stack: Stack) -> None:
    """An update adds no event of it."""
    stack.create({"A": function.custom("a"), "B": function.custom("b")})
    stack.update({"A": function.custom("a"), "B": function.custom("b-2")})

    assert "A" not in order_of(stack, "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE")


def test_create_in_progress_is_cancelled_when_a_sibling_fails(function: Function, stack: Stack) -> None:
    """It is deleted with an id that CloudFormation makes up, while its function still runs."""
    slow = function.custom("slow", Slow="Create", Seconds=str(40 * MINUTE))
    began = time.monotonic()
    assert stack.create({"A": slow, "B": function.custom("b", Fail="Create")}) == "ROLLBACK_COMPLETE"

    assert time.monotonic() - began < 30
    reasons = [event.get("ResourceStatusReason") for event in stack.events() if event["LogicalResourceId"] == "A"]
    assert "Resource creation cancelled" in reasons
    kind, physical_id, _ = function.requests(stack, "A")[-1]
    assert (kind, str(physical_id).startswith(f"{stack.name}-A-")) == ("Delete", True)


def test_update_in_progress_is_sent_back_when_a_sibling_fails(function: Function, stack: Stack) -> None:
    """Its Update back comes while the first one still runs."""
    stack.create({"A": function.custom("a"), "B": function.custom("b")})
    slow = function.custom("a-2", Slow="Update", Seconds=str(3 * MINUTE))
    assert stack.update({"A": slow, "B": function.custom("b", Fail="Update")}) == "UPDATE_ROLLBACK_COMPLETE"

    assert stack.physical_id("A") == "a"
    assert eventually(lambda: len(function.requests(stack, "A")) == 3)
    assert function.requests(stack, "A")[1:] == [("Update", "a", "a-2"), ("Update", "a", "a")]


def test_failed_delete_of_a_clean_up_is_tried_three_times(function: Function, stack: Stack) -> None:
    """Then the resource is forgotten, and the update is complete."""
    stack.create({"A": function.custom("a", Fail="Delete"), "B": function.custom("b")})
    assert stack.update({"B": function.custom("b")}) == "UPDATE_COMPLETE"

    assert [request[0] for request in function.requests(stack, "A")] == ["Create", "Delete", "Delete", "Delete"]
    assert stack.delete() == "DELETE_COMPLETE"
    assert len(function.requests(stack, "A")) == 4


def test_failed_delete_keeps_what_the_resource_depends_on(function: Function, stack: Stack) -> None:
    """The deletion of the stack fails, and can be tried again."""
    stack.create({**policies("s3:GetObject"), "A": after("Policy", function.custom("a", Fail="Delete"))})
    assert stack.delete() == "DELETE_FAILED"

    assert order_of(stack, "DELETE_IN_PROGRESS", "DELETE_FAILED") == [stack.short_name, "A", "A", stack.short_name]
    assert stack.delete() == "DELETE_FAILED"
    assert [request[0] for request in function.requests(stack, "A")] == ["Create", "Delete", "Delete"]


def test_changed_service_token_is_refused(aws: LocalAws, function: Function, stack: Stack) -> None:
    """The update fails, and rolls back."""
    other = Function(aws)
    stack.create({"A": function.custom("a")})
    assert stack.update({"A": other.custom("a")}) == "UPDATE_ROLLBACK_COMPLETE"

    assert "Modifying service token is not allowed." in [event.get("ResourceStatusReason") for event in stack.events()]


def test_stack_is_deleted_during_its_create(function: Function, stack: Stack) -> None:
    """The create is given up, and what it began is deleted."""
    stack.begin(
        {"A": function.custom("a"), "B": after("A", function.custom("b", Slow="Create", Seconds=str(3 * MINUTE)))}
    )
    assert eventually(lambda: "B" in order_of(stack, "CREATE_IN_PROGRESS"))
    assert stack.delete() == "DELETE_COMPLETE"

    assert [request[0] for request in function.requests(stack, "A")] == ["Create", "Delete"]
    assert eventually(lambda: len(function.requests(stack, "B")) == 2)
    assert [request[0] for request in function.requests(stack, "B")] == ["Create", "Delete"]
    assert order_of(stack, "CREATE_COMPLETE") == ["A"]


def test_update_goes_on_after_a_failed_create_without_rollback(function: Function, stack: Stack) -> None:
    """The failed resource is created anew, and the failed one deleted in the clean-up."""
    assert stack.create({"A": function.custom("a", Fail="Create")}, DisableRollback=True) == "CREATE_FAILED"
    assert stack.update({"A": function.custom("a-2")}) == "UPDATE_COMPLETE"

    assert function.requests(stack, "A") == [("Create", None, "a"), ("Create", None, "a-2"), ("Delete", "a", "a")]


def test_update_goes_on_after_a_failed_update_without_rollback(function: Function, stack: Stack) -> None:
    """The failed resource is updated again, also back to what it was."""
    stack.create({"A": function.custom("a")})
    assert stack.update({"A": function.custom("a", Fail="Update")}, DisableRollback=True) == "UPDATE_FAILED"
    assert stack.update({"A": function.custom("a")}) == "UPDATE_COMPLETE"

    assert [request[0] for request in function.requests(stack, "A")] == ["Create", "Update", "Update"]


def test_failed_stack_takes_an_unchanged_template(aws: LocalAws, function: Function, stack: Stack) -> None:
    """By UpdateStack and by a change set, which shows the failed resource; a stack that did not fail refuses both."""
    resources = {"A": function.custom("a", Silent="Create", ServiceTimeout=MINUTE)}
    cloudformation = aws.client("cloudformation")
    assert stack.create(resources, DisableRollback=True) == "CREATE_FAILED"
    assert stack.update(resources, DisableRollback=True) == "UPDATE_FAILED"
    template = json.dumps({"Resources": resources})
    cloudformation.create_change_set(StackName=stack.name, ChangeSetName="again", TemplateBody=template)
    described = cloudformation.describe_change_set(StackName=stack.name, ChangeSetName="again")
    assert described["ExecutionStatus"] == "AVAILABLE"
    assert [change["ResourceChange"]["LogicalResourceId"] for change in described["Changes"]] == ["A"]
    cloudformation.execute_change_set(StackName=stack.name, ChangeSetName="again")
    assert stack.settled() == "UPDATE_ROLLBACK_COMPLETE"

    whole = Stack(aws)
    whole.create({"A": function.custom("a")})
    with pytest.raises(ClientError, match="No updates are to be performed"):
        whole.update({"A": function.custom("a")})


def test_failed_create_without_rollback_is_rolled_back_later(aws: LocalAws, function: Function, stack: Stack) -> None:
    """RollbackStack deletes what the create left."""
    stack.create({"A": function.custom("a"), "B": failing(function, "A")}, DisableRollback=True)
    aws.client("cloudformation").rollback_stack(StackName=stack.name)

    assert stack.settled() == "ROLLBACK_COMPLETE"
    assert [request[0] for request in function.requests(stack, "A")] == ["Create", "Delete"]
    assert [request[:2] for request in function.requests(stack, "B")] == [("Create", None), ("Delete", "failing")]


def test_stack_in_progress_is_not_updated(function: Function, stack: Stack) -> None:
    """CloudFormation refuses a second operation."""
    stack.begin({"A": function.custom("a", Slow="Create", Seconds=str(2 * MINUTE))})
    with pytest.raises(ClientError, match="CREATE_IN_PROGRESS state"):
        stack.update({"A": function.custom("a")})
    assert stack.settled() == "CREATE_COMPLETE"
