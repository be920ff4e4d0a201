"""The stand-in at home in the server: its AMIs, events, tags and scripts."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import Fault, LocalAws, Outcome
from local_aws_tests.on_server import TRUST, distributed
from local_aws_tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("quick")


def test_copies_are_found_where_a_user_looks(aws: LocalAws, ami: str, configuration: str, role: str) -> None:
    """EC2 of each Region describes its AMI with tags and snapshot, and Systems Manager holds its id."""
    image = distributed(aws, sourceImage=ami, distributionConfigurationArn=configuration, executionRole=role)
    for copy in image["outputResources"]["amis"]:
        ec2 = aws.client("ec2", copy["region"])
        (found,) = ec2.describe_images(ImageIds=[copy["image"]])["Images"]
        snapshot = found["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
        parameter = aws.client("ssm", copy["region"]).get_parameter(Name="/hosting/ami")["Parameter"]

        assert (found["Name"], found["State"], found["OwnerId"]) == (copy["name"], "available", aws.account)
        assert {"Key": "CreatedBy", "Value": "EC2 Image Builder"} in found["Tags"]
        assert {"Key": "Team", "Value": "platform"} in found["Tags"]
        assert ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["State"] == "completed"
        assert parameter["Value"] == copy["image"]

    assert [copy["region"] for copy in image["outputResources"]["amis"]] == ["eu-west-1", "us-east-1"]


def test_a_deletion_with_amis_removes_amis_and_snapshots(
    aws: LocalAws, ami: str, configuration: str, role: str
) -> None:
    """In every Region; the source stays."""
    image = distributed(aws, sourceImage=ami, distributionConfigurationArn=configuration, executionRole=role)
    image_builder = aws.client("imagebuilder")
    execution = image_builder.start_resource_state_update(
        resourceArn=image["arn"],
        state={"status": "DELETED"},
        executionRole=role,
        includeResources={"amis": True, "snapshots": True},
    )["lifecycleExecutionId"]

    def status() -> str:
        answer = image_builder.get_lifecycle_execution(lifecycleExecutionId=execution)
        return str(answer["lifecycleExecution"]["state"]["status"])

    assert eventually(lambda: status() == "SUCCESS")
    for copy in image["outputResources"]["amis"]:
        ec2 = aws.client("ec2", copy["region"])
        filters = [{"Name": "description", "Values": [f"Created by EC2 Image Builder for {copy['image']} from {ami}"]}]
        assert ec2.describe_images(Filters=[{"Name": "image-id", "Values": [copy["image"]]}])["Images"] == []
        assert ec2.describe_snapshots(Filters=filters)["Snapshots"] == []
    assert aws.client("ec2").describe_images(ImageIds=[ami])["Images"]


def test_the_source_may_be_a_parameter(aws: LocalAws, ami: str, configuration: str, role: str) -> None:
    """Systems Manager's, by name and by ARN."""
    ssm = aws.client("ssm")
    ssm.put_parameter(Name="/hosting/golden", Value=ami, Type="String")
    for name in ("/hosting/golden", ssm.get_parameter(Name="/hosting/golden")["Parameter"]["ARN"]):
        source = f"ssm:{name}"
        image = distributed(aws, sourceImage=source, distributionConfigurationArn=configuration, executionRole=role)

        assert len(image["outputResources"]["amis"]) == 2


def test_tags_are_found_by_the_tagging_api(aws: LocalAws, ami: str, configuration: str, role: str) -> None:
    """By value and by type, while the image exists."""
    request = {"distributionConfigurationArn": configuration, "executionRole": role, "tags": {"hosting:tag": "mine"}}
    arn = distributed(aws, sourceImage=ami, **request)["arn"]
    tagging = aws.client("resourcegroupstaggingapi")

    def found(value: str) -> list[str]:
        filters = [{"Key": "hosting:tag", "Values": [value]}]
        answer = tagging.get_resources(TagFilters=filters, ResourceTypeFilters=["imagebuilder:image"])
        return [str(resource["ResourceARN"]) for resource in answer["ResourceTagMappingList"]]

    assert (found("mine"), found("other")) == ([arn], [])
    aws.client("imagebuilder").delete_image(imageBuildVersionArn=arn)
    assert found("mine") == []


def test_a_change_is_an_event(aws: LocalAws, ami: str, configuration: str, role: str) -> None:
    """A rule for one image and one status matches its event, and no other."""
    image_builder, events, sqs = aws.client("imagebuilder"), aws.client("events"), aws.client("sqs")
    aws.script(default=Outcome(pending=1.0, distributing=0.1, integrating=0.1))
    request = {"sourceImage": ami, "distributionConfigurationArn": configuration, "executionRole": role}
    image_builder.distribute_image(**request)
    arn = image_builder.distribute_image(**request)["imageBuildVersionArn"]
    queue = sqs.create_queue(QueueName="hosting")["QueueUrl"]
    pattern = {
        "source": ["aws.imagebuilder"],
        "detail-type": ["EC2 Image Builder Image State Change"],
        "resources": [arn],
        "detail": {"state": {"status": ["AVAILABLE"]}},
    }
    events.put_rule(Name="hosting", EventPattern=json.dumps(pattern))
    target = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_targets(Rule="hosting", Targets=[{"Id": "queue", "Arn": target}])
    messages: list[dict[str, Any]] = []

    def received() -> bool:
        messages.extend(sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []))
        return bool(messages)

    assert eventually(received)
    time.sleep(0.3)
    received()
    (event,) = [json.loads(message["Body"]) for message in messages]
    assert (event["resources"], event["detail"]) == (
        [arn],
        {"previous-state": {"status": "INTEGRATING"}, "state": {"status": "AVAILABLE"}},
    )
    assert (event["account"], event["region"]) == (aws.account, aws.region)


def test_a_region_has_images_of_its_own(aws: LocalAws, ami: str, configuration: str, role: str) -> None:
    """An image of one Region does not exist in another one."""
    arn = distributed(aws, sourceImage=ami, distributionConfigurationArn=configuration, executionRole=role)["arn"]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.client("imagebuilder", "us-east-1").get_image(imageBuildVersionArn=arn)


def test_a_script_and_the_calls_cross_the_process_boundary(aws: LocalAws) -> None:
    """A fault is met once, and both calls are in the log."""
    before = len(aws.calls("ListImages"))
    aws.script(faults=[Fault("ListImages", "ForbiddenException", "the reason")])
    image_builder = aws.client("imagebuilder")
    with pytest.raises(ClientError, match="the reason"):
        image_builder.list_images(owner="Self")
    image_builder.list_images(owner="Self")
    calls = aws.calls("ListImages")[before:]

    assert [(call.outcome, call.parameters, call.region) for call in calls] == [
        ("ForbiddenException", {"owner": "Self"}, aws.region),
        ("ok", {"owner": "Self"}, aws.region),
    ]


def test_a_lost_answer_is_a_server_error(aws: LocalAws) -> None:
    """boto3 repeats the call by itself."""
    before = len(aws.calls("ListImages"))
    aws.script(faults=[Fault("ListImages", lost=True)])
    aws.client("imagebuilder").list_images()

    assert [call.outcome for call in aws.calls("ListImages")[before:]] == ["lost", "ok"]


def test_a_slow_answer_holds_up_no_other_call(aws: LocalAws) -> None:
    """The server goes on answering in the meantime."""
    aws.script(faults=[Fault("ListImages", delay=2)])
    slow, other = aws.client("imagebuilder"), aws.client("sts")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(slow.list_images)
        time.sleep(0.5)
        other.get_caller_identity()
        assert not waiting.done()
        waiting.result(timeout=10)


def test_a_template_reads_an_ami_from_a_parameter(aws: LocalAws, ami: str) -> None:
    """As CloudFormation does at every deployment."""
    aws.client("ssm").put_parameter(Name="/hosting/template", Value=ami, Type="String", DataType="aws:ec2:image")
    parameter = {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": "/hosting/template"}
    template = {
        "Parameters": {"Ami": parameter},
        "Resources": {"Group": {"Type": "AWS::Logs::LogGroup"}},
        "Outputs": {"Ami": {"Value": {"Ref": "Ami"}}},
    }
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName="hosting-parameter", TemplateBody=json.dumps(template))

    def stack() -> dict[str, Any]:
        described: dict[str, Any] = cloudformation.describe_stacks(StackName="hosting-parameter")["Stacks"][0]
        return described

    assert eventually(lambda: stack()["StackStatus"] == "CREATE_COMPLETE")
    assert [output["OutputValue"] for output in stack()["Outputs"]] == [ami]


@pytest.mark.parametrize(
    ("name", "problem"), [("unknown", "does not exist"), ("distrustful", "it does not trust imagebuilder.amazonaws")]
)
def test_the_execution_role_has_to_trust_image_builder(
    aws: LocalAws, ami: str, configuration: str, name: str, problem: str
) -> None:
    """A role that does not exist, or trusts another service, starts nothing."""
    if name == "distrustful":
        trust = json.loads(json.dumps(TRUST).replace("imagebuilder.amazonaws.com", "ec2.amazonaws.com"))
        aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    with pytest.raises(ClientError, match=problem):
        aws.client("imagebuilder").distribute_image(
            sourceImage=ami, distributionConfigurationArn=configuration, executionRole=name
        )


def test_service_that_is_not_there_is_refused_at_once(aws: LocalAws) -> None:
    """To know its name, ministack would first load the models of all services, for six seconds."""
    quotas = aws.client("service-quotas")
    began = time.monotonic()
    with pytest.raises(ClientError) as refusal:
        quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-0E3CBAB9")

    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert time.monotonic() - began < 3
