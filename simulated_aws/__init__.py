"""A simulated AWS account for the handler: services, clock, deliveries and faults, all in one process.

Nothing sleeps, nothing is sent, and the same program takes the same course each time:

    with SimulatedAccount(Handler) as account:
        account.fail("DistributeImage", "TooManyRequestsException", times=3)
        create = account.request("Create")
        assert account.operate(create)["Status"] == "SUCCESS"
        account.settle(600)
        assert account.event_bridge.rules == {}

`Handler` is `cdk_image_distribution_handler.index.Handler`: it is called with `aws=` and `clock=` for each container
of the Lambda function, and what it returns with each event and its context. No module is patched.

- Requests: `account.request` makes one and shows it in the stack's record (`account.stack`), `deliver` invokes the
  function with it, `operate` also waits for the answer, `answers_to` returns the answers.
- Time: `account.now`, `settle`, `run_until`. An invocation is a process of `account.simulation`: while it sleeps,
  others run. It is killed when its time is up. One that fails is delivered again, as Lambda does.
- Faults: `account.fail` and `heal`, by operation, also for `PutAnswer`; `account.deliver_next` for late, lost and
  repeated deliveries; `account.stacks.lag`, `account.tags.lag`, `account.tags.remembers` for late readers;
  `account.omitted` for members that an answer lacks; `account.builder.script` for how distributions go.
- IAM: `account.permissions.put` and `remove`, in force at once or later. Without a policy all is allowed.
- Deployments: `Stack(account)` is CloudFormation's side of a whole stack; `deploy`, `delete` and `finish` drive it.
- Contents: `account.images`, `copies`, `amis`, `status_of`, `calls`, `attempts`, `event_bridge.rules`.
"""

from local_aws.image_builder.omission import optional_members

from .account import START, MakeHandler, SimulatedAccount
from .amis import Ami, Amis
from .answers import Answers
from .boto_clients import REGION, answer_with
from .event_bridge import MINUTE, EventBridge, Rule
from .faults import AnswerLost, CallFault, Refused, Unreachable
from .function import Context, Delivery, Invocation
from .handler_aws import SimulatedAws
from .handler_policy import function_policy, own_role, pass_role_policy
from .load import Waits
from .permissions import Needed, Permissions
from .provisioning import Sent
from .requests import (
    ACCOUNT,
    CONFIGURATION_ARN,
    DISTRIBUTION,
    FUNCTION_ARN,
    IMAGE_ARN,
    LOGICAL_IDS,
    OTHER_ACCOUNT,
    PROPERTIES,
    ROLE_ARN,
    SOURCE_AMI,
    STACK_ID,
    WAIT,
    event,
)
from .services import Call
from .simulation import Killed, Process, Simulation
from .stack import Stack
from .stack_records import StackRecord, StackRecords
from .stack_resources import Behaviour, Held
from .template import POLICY, SIBLING, GetAtt, Resource, Template

__all__ = [
    "ACCOUNT",
    "CONFIGURATION_ARN",
    "DISTRIBUTION",
    "FUNCTION_ARN",
    "IMAGE_ARN",
    "LOGICAL_IDS",
    "MINUTE",
    "OTHER_ACCOUNT",
    "POLICY",
    "PROPERTIES",
    "REGION",
    "ROLE_ARN",
    "SIBLING",
    "SOURCE_AMI",
    "STACK_ID",
    "START",
    "WAIT",
    "Ami",
    "Amis",
    "AnswerLost",
    "Answers",
    "Behaviour",
    "Call",
    "CallFault",
    "Context",
    "Delivery",
    "EventBridge",
    "GetAtt",
    "Held",
    "Invocation",
    "Killed",
    "MakeHandler",
    "Needed",
    "Permissions",
    "Process",
    "Refused",
    "Resource",
    "Rule",
    "Sent",
    "SimulatedAccount",
    "SimulatedAws",
    "Simulation",
    "Stack",
    "StackRecord",
    "StackRecords",
    "Template",
    "Unreachable",
    "Waits",
    "answer_with",
    "event",
    "function_policy",
    "optional_members",
    "own_role",
    "pass_role_policy",
]
