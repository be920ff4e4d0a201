"""The patches: CloudFormation's rollback, EventBridge's permissions, time."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws
from local_aws.patching import MinistackChanged, replace
from local_aws_tests import stacks
from local_aws_tests.on_server import client_of
from local_aws_tests.stacks import Function, Stack, after
from local_aws_tests.waiting import eventually


def test_a_failed_create_is_deleted(function: Function, stack: Stack) -> None:
    """With the physical id that its FAILED response carried."""
    assert stack.create({"A": function.custom("made", Fail="Create")}) == "ROLLBACK_COMPLETE"

    assert function.requests(stack, "A") == [("Create", None, "made"), ("Delete", "made", "made")]


def test_a_create_without_an_answer_is_deleted(function: Function, stack: Stack) -> None:
    """With a physical id that CloudFormation makes up."""
    silent = function.custom("made", Silent="Create", ServiceTimeout=120)
    assert stack.create({"A": silent}) == "ROLLBACK_COMPLETE"

    kind, physical_id, _ = function.requests(stack, "A")[-1]
    assert kind == "Delete"
    assert str(physical_id).startswith(f"{stack.name}-A-")


def test_a_failed_create_of_an_update_is_deleted(function: Function, stack: Stack) -> None:
    """And what stood before is left alone."""
    before = {"A": function.custom("one")}
    stack.create(before)
    failing = after("A", function.custom("two", Fail="Create"))
    assert stack.update({**before, "B": failing}) == "UPDATE_ROLLBACK_COMPLETE"

    assert function.requests(stack, "B") == [("Create", None, "two"), ("Delete", "two", "two")]
    assert function.requests(stack, "A") == [("Create", None, "one")]


def test_a_replaced_resource_is_sent_back(function: Function, stack: Stack) -> None:
    """When a later resource fails: an Update with the properties swapped, then a Delete of what it supersedes."""
    stack.create({"A": function.custom("one"), "B": after("A", function.custom("same"))})
    failing = after("A", function.custom("same", Fail="Update"))
    assert stack.update({"A": function.custom("two"), "B": failing}) == "UPDATE_ROLLBACK_COMPLETE"

    assert function.requests(stack, "A") == [
        ("Create", None, "one"),
        ("Update", "one", "two"),
        ("Update", "two", "one"),
        ("Delete", "two", "two"),
    ]
    assert stack.physical_id("A") == "one"


def test_a_failed_update_may_come_back_as_another_resource(function: Function, stack: Stack) -> None:
    """The one that the rollback's Update supersedes is deleted."""
    stack.create({"A": function.custom("one", Back="one-again")})
    assert stack.update({"A": function.custom("two", Fail="Update")}) == "UPDATE_ROLLBACK_COMPLETE"

    assert function.requests(stack, "A")[1:] == [
        ("Update", "one", "two"),
        ("Update", "one", "one"),
        ("Delete", "one", "two"),
    ]
    assert stack.physical_id("A") == "one-again"


def test_what_is_retained_is_not_deleted_on_the_way_back(function: Function, stack: Stack) -> None:
    """DeletionPolicy Retain keeps what was superseded."""
    policy = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    stack.create({"A": {**function.custom("one"), **policy}, "B": after("A", function.custom("same"))})
    failing = after("A", function.custom("same", Fail="Update"))
    assert stack.update({"A": {**function.custom("two"), **policy}, "B": failing}) == "UPDATE_ROLLBACK_COMPLETE"

    assert [kind for kind, _, _ in function.requests(stack, "A")] == ["Create", "Update", "Update"]


def test_an_update_that_goes_well_deletes_what_it_replaces(function: Function, stack: Stack) -> None:
    """The patches leave alone what ministack does as AWS."""
    stack.create({"A": function.custom("one")})
    assert stack.update({"A": function.custom("two")}) == "UPDATE_COMPLETE"

    assert function.requests(stack, "A")[1:] == [("Update", "one", "two"), ("Delete", "one", "one")]


def test_stack_events_have_an_order(function: Function, stack: Stack) -> None:
    """No two have the same time, by which the CDK CLI sorts them."""
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v"}}
    stack.create({f"P{number}": parameter for number in range(10)})
    times = [event["Timestamp"] for event in stack.events() if event["LogicalResourceId"] != stack.name]

    assert len(times) == 20
    assert times == sorted(set(times))


def test_a_policy_on_rules_by_prefix_is_right(aws: LocalAws) -> None:
    """Every operation on a rule is authorized on `rule/<name>`, and a denial names that."""
    arn = f"arn:aws:events:{aws.region}:{aws.account}:rule/"
    events = client_of(aws, "events", "rules", {"Action": "events:*", "Resource": f"{arn}mine-*"})
    target = {"Id": "target", "Arn": f"arn:aws:lambda:{aws.region}:{aws.account}:function:none"}

    def operations(name: str) -> list[Callable[[], Any]]:
        return [
            lambda: events.put_rule(Name=name, ScheduleExpression="rate(1 minute)"),
            lambda: events.put_targets(Rule=name, Targets=[target]),
            lambda: events.list_targets_by_rule(Rule=name),
            lambda: events.remove_targets(Rule=name, Ids=["target"]),
            lambda: events.delete_rule(Name=name),
        ]

    for allowed in operations("mine-1"):
        allowed()
    for denied in operations("other"):
        with pytest.raises(ClientError, match=f"is not authorized to perform: events:.* on resource: {arn}other "):
            denied()


def test_a_rule_invokes_only_a_function_that_lets_it(aws: LocalAws, function: Function) -> None:
    """A permission for a prefix lets its rules in, and no others; a minute of a schedule takes a second here."""
    rules = f"arn:aws:events:{aws.region}:{aws.account}:rule/let-in-*"
    aws.client("lambda").add_permission(
        FunctionName=function.arn,
        StatementId="rules",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rules,
    )
    events = aws.client("events")
    for name, invokes in (("kept-out", False), ("let-in-1", True)):
        events.put_rule(Name=name, ScheduleExpression="rate(1 minute)")
        events.put_targets(Rule=name, Targets=[{"Id": "function", "Arn": function.arn}])
        time.sleep(2.5)
        events.remove_targets(Rule=name, Ids=["function"])
        events.delete_rule(Name=name)

        assert (function.invocations() > 0) is invokes, name


def test_an_event_invokes_at_once(aws: LocalAws, function: Function) -> None:
    """An event of an image's change invokes the function within a moment, without a wait for the next schedule."""
    aws.client("lambda").add_permission(
        FunctionName=function.arn,
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
    )
    events, before = aws.client("events"), function.invocations()
    events.put_rule(Name="told", EventPattern='{"source": ["mine"]}', ScheduleExpression="rate(1 day)")
    events.put_targets(Rule="told", Targets=[{"Id": "function", "Arn": function.arn}])
    events.put_events(Entries=[{"Source": "mine", "DetailType": "change", "Detail": "{}"}])

    assert eventually(lambda: function.invocations() == before + 1, seconds=3)
    events.remove_targets(Rule="told", Ids=["function"])
    events.delete_rule(Name="told")


@pytest.mark.parametrize(
    "name",
    [
        "EC2ImageBuilderExecutionPolicy",
        "service-role/EC2ImageBuilderLifecycleExecutionPolicy",
        "Ec2ImageBuilderCrossAccountDistributionAccess",
    ],
)
def test_the_managed_policies_of_image_builder_exist(aws: LocalAws, stack: Stack, name: str) -> None:
    """A role of a template can carry each, and IAM knows what it allows."""
    arn = f"arn:aws:iam::aws:policy/{name}"
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {"AssumeRolePolicyDocument": {"Statement": [trust]}, "ManagedPolicyArns": [arn]}
    assert stack.create({"Role": {"Type": "AWS::IAM::Role", "Properties": role}}) == "CREATE_COMPLETE"
    iam = aws.client("iam")

    attached = iam.list_attached_role_policies(RoleName=stack.physical_id("Role"))["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [arn]
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]["Statement"]


def test_another_ministack_is_told() -> None:
    """A name that a patch replaces and that is not there stops the server with a message, not some test later."""
    with pytest.raises(MinistackChanged, match=r"local_aws_tests\.stacks has no _gone: .* ministack 1\.5\.33"):
        replace(stacks, "_gone", lambda original: original)


def test_an_ami_says_when_it_was_made(aws: LocalAws) -> None:
    """DescribeImages has the date that distinguishes a source AMI from its copies."""
    ami = aws.register_source_ami("made-once")
    (image,) = aws.client("ec2").describe_images(ImageIds=[ami])["Images"]
    assert image["CreationDate"].startswith("20")


def test_a_launch_template_shows_the_ami_of_its_parameter(aws: LocalAws) -> None:
    """With ResolveAlias, the value in that Region at the time of the call; without it, the parameter's name."""
    data = {"ImageId": "resolve:ssm:/alias/ami", "InstanceType": "t3.micro"}

    def shown(region: str, **options: Any) -> str:
        answer = aws.client("ec2", region).describe_launch_template_versions(LaunchTemplateName="alias", **options)
        return str(answer["LaunchTemplateVersions"][0]["LaunchTemplateData"]["ImageId"])

    for region, value in (("eu-west-1", "ami-11111111"), ("us-east-1", "ami-22222222")):
        aws.client("ec2", region).create_launch_template(LaunchTemplateName="alias", LaunchTemplateData=data)
        with pytest.raises(ClientError, match="The SSM parameter '/alias/ami' does not exist"):
            shown(region, ResolveAlias=True)
        aws.client("ssm", region).put_parameter(Name="/alias/ami", Value=value, Type="String")

        assert shown(region, ResolveAlias=True) == value
        assert shown(region, ResolveAlias=False) == shown(region) == "resolve:ssm:/alias/ami"
