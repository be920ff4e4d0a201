"""The stand-in at home in the server: its AMIs, events, tags, permissions and its CloudFormation resource."""

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws import Fault, LocalAws, Outcome
from tests.local_aws.test_process import eventually

QUICK = Outcome(pending=0.1, distributing=0.1, integrating=0.1)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "imagebuilder.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        }
    ],
}


@pytest.fixture(scope="module")
def role(aws: LocalAws) -> str:
    """The ARN of a role that Image Builder can assume."""
    created = aws.client("iam").create_role(RoleName="execution", AssumeRolePolicyDocument=json.dumps(TRUST))
    return str(created["Role"]["Arn"])


@pytest.fixture(scope="module")
def ami(aws: LocalAws) -> str:
    """A source AMI."""
    return aws.register_source_ami("hosting")


@pytest.fixture(scope="module")
def configuration(aws: LocalAws) -> str:
    """A configuration for two Regions, with a tag and a parameter in each."""
    settings = {"name": "hosted {{ imagebuilder:buildDate }}", "amiTags": {"Team": "platform"}}
    answer = aws.client("imagebuilder").create_distribution_configuration(
        name="hosting",
        distributions=[
            {
                "region": region,
                "amiDistributionConfiguration": settings,
                "ssmParameterConfigurations": [{"parameterName": "/hosting/ami", "dataType": "aws:ec2:image"}],
            }
            for region in ("eu-west-1", "us-east-1")
        ],
    )
    return str(answer["distributionConfigurationArn"])


@pytest.fixture(autouse=True)
def quick(aws: LocalAws) -> Iterator[None]:
    """Distributions that take a third of a second, and no fault that another test left."""
    aws.script(default=QUICK)
    yield
    aws.script()


def client_of(aws: LocalAws, service: str, user: str, *statements: dict[str, Any]) -> Any:
    """A client for a new user with these permissions alone."""
    iam = aws.client("iam")
    iam.create_user(UserName=user)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}
    iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=aws.region,
        endpoint_url=aws.environment["AWS_ENDPOINT_URL"],
        verify=aws.environment["AWS_CA_BUNDLE"],
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(proxies={}),
    )


def distributed(aws: LocalAws, **parameters: Any) -> dict[str, Any]:
    """An image that has become AVAILABLE."""
    image_builder = aws.client("imagebuilder")
    arn = image_builder.distribute_image(**parameters)["imageBuildVersionArn"]

    def image() -> dict[str, Any]:
        described: dict[str, Any] = image_builder.get_image(imageBuildVersionArn=arn)["image"]
        return described

    assert eventually(lambda: image()["state"]["status"] == "AVAILABLE")
    return image()


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
    assert (event["resources"], event["detail"]) == ([arn], {"state": {"status": "AVAILABLE"}})
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
    from concurrent.futures import ThreadPoolExecutor

    aws.script(faults=[Fault("ListImages", delay=2)])
    slow, other = aws.client("imagebuilder"), aws.client("sts")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(slow.list_images)
        time.sleep(0.5)
        other.get_caller_identity()
        assert not waiting.done()
        waiting.result(timeout=10)


@pytest.mark.parametrize(
    ("action", "denied"),
    [
        ("imagebuilder:DistributeImage", r"imagebuilder:DistributeImage on resource: arn:.*:image/\* because no"),
        ("imagebuilder:TagResource", r"imagebuilder:TagResource on resource: arn:.*:image/\* because no"),
        ("iam:PassRole", "iam:PassRole on resource: arn:aws:iam::123456789012:role/execution because no"),
    ],
)
def test_a_distribution_needs_three_permissions(
    aws: LocalAws, ami: str, configuration: str, role: str, action: str, denied: str
) -> None:
    """Each alone is denied in AWS's words when it is missing, and together they suffice."""
    images = f"arn:aws:imagebuilder:{aws.region}:{aws.account}:image/*"
    passed = {"StringEquals": {"iam:PassedToService": "imagebuilder.amazonaws.com"}}
    statements: dict[str, dict[str, Any]] = {
        "imagebuilder:DistributeImage": {"Resource": images},
        "imagebuilder:TagResource": {"Resource": images},
        "iam:PassRole": {"Resource": role, "Condition": passed},
    }
    granted = [{"Action": name, **statement} for name, statement in statements.items()]
    request = {"sourceImage": ami, "distributionConfigurationArn": configuration, "executionRole": role}
    name = action.partition(":")[2]
    enough = client_of(aws, "imagebuilder", f"all-{name}", *granted)
    short = client_of(aws, "imagebuilder", f"no-{name}", *[given for given in granted if given["Action"] != action])

    assert enough.distribute_image(**request, tags={"k": "v"})
    with pytest.raises(ClientError, match=f"AccessDeniedException.*user/no-{name} is not authorized .*{denied}"):
        short.distribute_image(**request, tags={"k": "v"})


def test_a_permission_is_for_its_resource(aws: LocalAws, ami: str, configuration: str, role: str) -> None:
    """GetImage on one image is no GetImage on another, and an ARN in a path or a query counts as one in a body."""
    request = {"sourceImage": ami, "distributionConfigurationArn": configuration, "executionRole": role}
    mine, other = (distributed(aws, **request)["arn"] for _ in range(2))
    statement = {"Action": ["imagebuilder:Get*", "imagebuilder:Tag*", "imagebuilder:Delete*"], "Resource": mine}
    limited = client_of(aws, "imagebuilder", "limited", statement)
    limited.tag_resource(resourceArn=mine, tags={"k": "v"})
    assert limited.get_image(imageBuildVersionArn=mine)["image"]["tags"] == {"k": "v"}
    limited.delete_image(imageBuildVersionArn=mine)

    for operation, parameters in (
        ("get_image", {"imageBuildVersionArn": other}),
        ("delete_image", {"imageBuildVersionArn": other}),
        ("tag_resource", {"resourceArn": other, "tags": {"k": "v"}}),
        ("get_lifecycle_execution", {"lifecycleExecutionId": "lce-00000000-0000-0000-0000-000000000000"}),
    ):
        with pytest.raises(ClientError, match="AccessDeniedException"):
            getattr(limited, operation)(**parameters)


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
