"""What the requests to other services need in IAM."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws
from local_aws_tests.on_server import client_of

_OWN, _OTHER = "cdk-image-distribution", "another-source"
_ONLY_OWN = {"ForAllValues:StringEquals": {"events:source": _OWN}}


def event(source: str) -> dict[str, Any]:
    """An event of a source."""
    return {"Source": source, "DetailType": "Distribution", "Detail": "{}"}


def test_source_decides_which_events_may_be_put(aws: LocalAws) -> None:
    """A condition on the source refuses a request with an event of another one, also beside an event of this one."""
    bus = f"arn:aws:events:{aws.region}:{aws.account}:event-bus/default"
    statement = {"Action": "events:PutEvents", "Resource": bus, "Condition": _ONLY_OWN}
    events = client_of(aws, "events", "puts-events", statement)

    assert events.put_events(Entries=[event(_OWN), event(_OWN)])["FailedEntryCount"] == 0
    for entries in ([event(_OTHER)], [event(_OWN), event(_OTHER)]):
        with pytest.raises(ClientError, match=f"not authorized to perform: events:PutEvents on resource: {bus}"):
            events.put_events(Entries=entries)


def test_every_parameter_of_a_request_needs_a_permission(aws: LocalAws) -> None:
    """GetParameters and DeleteParameters take many names, each of them a resource."""
    for name in ("/own/one", "/own/two", "/other/one"):
        aws.client("ssm").put_parameter(Name=name, Value="x", Type="String")
    own = f"arn:aws:ssm:{aws.region}:{aws.account}:parameter/own/*"
    allowed = {"Action": ["ssm:GetParameters", "ssm:DeleteParameters"], "Resource": own}
    ssm = client_of(aws, "ssm", "reader", allowed)

    assert len(ssm.get_parameters(Names=["/own/one", "/own/two"])["Parameters"]) == 2
    with pytest.raises(ClientError, match=r"ssm:DeleteParameters on resource: \S+:parameter/other/one"):
        ssm.delete_parameters(Names=["/own/one", "/other/one"])
    assert ssm.delete_parameters(Names=["/own/one", "/own/two"])["DeletedParameters"] == ["/own/one", "/own/two"]


def test_a_public_parameter_has_no_account_in_its_arn(aws: LocalAws) -> None:
    """A permission on the ARN with the caller's account does not match it."""
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    actions = ["ssm:GetParameter", "ssm:GetParameters"]
    public, own = (f"arn:aws:ssm:{aws.region}:{account}:parameter/aws/service/*" for account in ("", aws.account))
    reader = client_of(aws, "ssm", "public-reader", {"Action": actions, "Resource": public})
    other = client_of(aws, "ssm", "own-reader", {"Action": actions, "Resource": own})

    assert reader.get_parameter(Name=name)["Parameter"]["Name"] == name
    assert len(reader.get_parameters(Names=[name])["Parameters"]) == 1
    denied = f"ssm:GetParameters? on resource: arn:aws:ssm:{aws.region}::parameter{name}"
    with pytest.raises(ClientError, match=denied):
        other.get_parameter(Name=name)
    with pytest.raises(ClientError, match=denied):
        other.get_parameters(Names=[name])
