"""What CloudFormation sends to custom resources, and when."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from .. import stacks
from ..lab import Lab
from ..results import Finding
from .probe import Probe

#: Reports of the spy function, oldest first.
Reports = list[dict[str, Any]]


def interrupted_creates(lab: Lab) -> Iterator[Finding]:
    """Let a sibling fail, a stack be deleted and an answer be late, each during a create."""
    cancelled, deleted, late = (lab.run.prefix + name for name in ("Cancelled", "Deleted", "Late"))
    spy = lab.base["Spy"]
    slow = {"CreateSeconds": "120", "ServiceTimeout": "900"}
    failing = {"CreateSeconds": "20", "FailOn": "Create"}
    over = threading.Event()
    deleter = threading.Thread(target=_delete_when_asked, args=(lab, deleted, over), daemon=True)
    deleter.start()
    try:
        lab.deploy(
            {
                cancelled: stacks.spies(spy, Slow=slow, Failing=failing),
                deleted: stacks.spies(spy, Slow=slow),
                late: stacks.spies(spy, Slow={"CreateSeconds": "60", "ServiceTimeout": "30"}),
            }
        )
    finally:
        over.set()
        deleter.join(60)
    # The last answers come after the deployment has failed, and the Deletes may come after the answers.
    lab.account.until(lambda: _all_answered(lab, cancelled, deleted, late), minutes=10)
    lab.account.sleep(30)
    yield from _interrupted("cancelled-create", lab.messages.of_stack(cancelled))
    yield from _interrupted("deleted-during-create", lab.messages.of_stack(deleted))
    yield _failed_create(lab.messages.of_stack(cancelled))
    yield _late_answer(lab.messages.of_stack(late))


def _all_answered(lab: Lab, *names: str) -> bool | None:
    reports = [report for name in names for report in lab.messages.of_stack(name)]
    open_requests = {report["request"]["RequestId"] for report in reports if report["moment"] == "received"}
    open_requests -= {report["request"]["RequestId"] for report in reports if report["moment"] == "answered"}
    return None if open_requests or not reports else True


def _delete_when_asked(lab: Lab, stack: str, over: threading.Event) -> None:
    """Delete a stack as soon as its resource is being created."""
    client = lab.account.client("cloudformation")
    while not over.wait(lab.account.minute / 30):
        try:
            resources = client.describe_stack_resources(StackName=stack)["StackResources"]
            if any(resource["ResourceStatus"] == "CREATE_IN_PROGRESS" for resource in resources):
                lab.account.sleep(10)
                client.delete_stack(StackName=stack)
                return
        except Exception:
            # The stack is not there yet, or a call was throttled. The next look is soon.
            continue


def of(reports: Reports, request_type: str, logical_id: str, moment: str = "received") -> Reports:
    """Return the reports of some requests."""
    return [
        report
        for report in reports
        if report["moment"] == moment
        and report["request"]["RequestType"] == request_type
        and report["request"]["LogicalResourceId"] == logical_id
    ]


def _interrupted(id: str, reports: Reports) -> Iterator[Finding]:
    evidence = {"requests": reports}
    deletes = of(reports, "Delete", "Slow")
    answers = of(reports, "Create", "Slow", "answered")
    if not deletes:
        yield Finding(f"{id}-id", "none", "No Delete was sent.", evidence)
        yield Finding(f"{id}-time", "none", "No Delete was sent.", evidence)
        return
    named = deletes[0]["request"]["PhysicalResourceId"]
    answered = [report["answer"]["PhysicalResourceId"] for report in answers]
    yield Finding(f"{id}-id", "answered" if named in answered else "invented", f"The Delete names {named}.", evidence)
    is_during = not answers or deletes[0]["time"] < answers[0]["time"]
    yield Finding(f"{id}-time", "during" if is_during else "after", "See the evidence.", evidence)


def _failed_create(reports: Reports) -> Finding:
    answers, deletes = of(reports, "Create", "Failing", "answered"), of(reports, "Delete", "Failing")
    if not answers or not deletes:
        return Finding("failed-create-id", "no Delete", "No Delete was sent.", {"requests": reports})
    answered, named = answers[0]["answer"]["PhysicalResourceId"], deletes[0]["request"]["PhysicalResourceId"]
    answer = "answered" if named == answered else "invented"
    return Finding("failed-create-id", answer, f"Answered {answered}; the Delete names {named}.", {"requests": reports})


def _late_answer(reports: Reports) -> Finding:
    answers = of(reports, "Create", "Slow", "answered")
    if not answers:
        return Finding("late-answer", "", "The function did not answer.", {"requests": reports})
    status = answers[0]["http"]
    answer = "accepted" if 200 <= status < 300 else "refused"
    return Finding("late-answer", answer, f"HTTP {status}", {"requests": reports})


def rollback(lab: Lab) -> Iterator[Finding]:
    """Let an update fail after it replaced a resource."""
    stack, spy = lab.run.prefix + "Rollback", lab.base["Spy"]
    lab.deploy({stack: stacks.spies(spy, First={}, Second={"After": "First"})})
    lab.deploy(
        {
            stack: stacks.spies(
                spy, First={"Version": "2"}, Second={"After": "First", "Version": "2", "FailOn": "Update"}
            )
        }
    )
    lab.account.sleep(30)
    reports = lab.messages.of_stack(stack)
    yield from _rolled_back(reports)
    yield _statuses(reports)


def _rolled_back(reports: Reports) -> Iterator[Finding]:
    evidence = {"requests": reports}
    updates, deletes = of(reports, "Update", "First"), of(reports, "Delete", "First")
    back = [report["request"] for report in updates if report["request"]["ResourceProperties"]["Version"] == "1"]
    if back and back[0]["PhysicalResourceId"] == "First-2":
        answer = "update"
    elif back:
        answer = f"an Update that names {back[0]['PhysicalResourceId']}"
    else:
        answer = "delete" if any(_named(report) == "First-2" for report in deletes) else "nothing"
    yield Finding("rollback-update", answer, f"Updates in the rollback: {back}", evidence)
    named = [_named(report) for report in deletes]
    answer = "new" if named == ["First-2"] else "none" if not named else ", ".join(named)
    yield Finding("rollback-clean-up", answer, f"Deleted: {', '.join(named) or 'none'}", evidence)


def _named(report: dict[str, Any]) -> str:
    return str(report["request"]["PhysicalResourceId"])


def _statuses(reports: Reports) -> Finding:
    """Compare the statuses that each request saw with those that the handler expects."""
    late = []
    for report in reports:
        request = report["request"]
        if report["moment"] != "received" or request["RequestType"] == "Delete":
            continue
        is_back = request["RequestType"] == "Update" and request["ResourceProperties"]["Version"] == "1"
        stack = "UPDATE_ROLLBACK_IN_PROGRESS" if is_back else f"{request['RequestType'].upper()}_IN_PROGRESS"
        resource = f"{request['RequestType'].upper()}_IN_PROGRESS"
        if (report.get("stack"), report.get("resource")) != (stack, resource):
            late.append(f"{report.get('stack')} and {report.get('resource')} instead of {stack} and {resource}")
    return Finding(
        "status-shown", "late" if late else "current", "; ".join(late) or "As expected", {"requests": reports}
    )


def rollback_disabled(lab: Lab) -> Iterator[Finding]:
    """Let a create fail without a rollback, and deploy again."""
    stack, spy = lab.run.prefix + "NoRollback", lab.base["Spy"]
    lab.deploy({stack: stacks.spies(spy, Only={"FailOn": "Create"})}, "--no-rollback")
    before = len(lab.messages.of_stack(stack))
    lab.deploy({stack: stacks.spies(spy, Only={"Version": "2"})}, "--no-rollback")
    lab.account.sleep(30)
    reports = lab.messages.of_stack(stack)
    sent = [
        f"{report['request']['RequestType']} {report['request'].get('PhysicalResourceId', '')}".strip()
        for report in reports[before:]
        if report["moment"] == "received"
    ]
    known = {"Create": "create", "Update Only-1": "update"}
    details = ", ".join(sent) or "nothing"
    answer = next((key for request, key in known.items() if request in sent), details)
    yield Finding("rollback-disabled", answer, f"Sent: {details}", {"requests": reports})


PROBES = (
    Probe(
        interrupted_creates,
        (
            "cancelled-create-id",
            "cancelled-create-time",
            "deleted-during-create-id",
            "deleted-during-create-time",
            "failed-create-id",
            "late-answer",
        ),
    ),
    Probe(rollback, ("rollback-update", "rollback-clean-up", "status-shown")),
    Probe(rollback_disabled, ("rollback-disabled",)),
)
