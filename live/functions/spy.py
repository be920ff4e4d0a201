"""A custom resource that reports each request to a queue and answers it as its properties say."""

import json
import os
import time
import urllib.error
import urllib.request
from typing import Any

import boto3

cloudformation: Any = boto3.client("cloudformation")
sqs: Any = boto3.client("sqs")


def handler(event: dict[str, Any], context: Any) -> None:
    """Report, wait, answer, report the answer."""
    properties = event["ResourceProperties"]
    report(event, "received", time.time(), **shown(event))
    time.sleep(float(properties.get(event["RequestType"] + "Seconds", 0)))
    fails = event["RequestType"] in properties.get("FailOn", "").split(",")
    physical_id = event.get("PhysicalResourceId") if event["RequestType"] == "Delete" else None
    answer = {
        "Status": "FAILED" if fails else "SUCCESS",
        "Reason": "The probe lets it fail.",
        "PhysicalResourceId": physical_id or f"{event['LogicalResourceId']}-{properties['Version']}",
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    report(event, "answered", time.time(), answer=answer, http=put(event["ResponseURL"], answer), **shown(event))


def put(url: str, answer: dict[str, Any]) -> int:
    """PUT the answer and return the HTTP status."""
    request = urllib.request.Request(url, json.dumps(answer).encode(), {"content-type": ""}, method="PUT")
    try:
        return int(urllib.request.urlopen(request).status)
    except urllib.error.HTTPError as error:
        return error.code


def shown(event: dict[str, Any]) -> dict[str, Any]:
    """Return what CloudFormation shows of the stack and of the resource."""
    found: dict[str, Any] = {}
    try:
        found["stack"] = cloudformation.describe_stacks(StackName=event["StackId"])["Stacks"][0]["StackStatus"]
        detail = cloudformation.describe_stack_resource(
            StackName=event["StackId"], LogicalResourceId=event["LogicalResourceId"]
        )["StackResourceDetail"]
        found["resource"] = detail["ResourceStatus"]
        found["physical_id"] = detail.get("PhysicalResourceId", "")
    except Exception as error:
        found["error"] = str(error)
    return found


def report(event: dict[str, Any], moment: str, at: float, **seen: Any) -> None:
    """Send a report of a moment, in seconds since the epoch, to the queue."""
    request = {key: event[key] for key in event if key not in ("ResponseURL", "ServiceToken")}
    body = {"request": request, "moment": moment, "time": at, **seen}
    sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(body))
