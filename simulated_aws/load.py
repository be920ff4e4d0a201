"""Many distributions that wait at once on one function."""

from __future__ import annotations

from local_aws.image_builder import Outcome

from .account import SimulatedAccount
from .requests import WAIT


class Waits:
    """Distributions that have started, and CloudFormation's requests to wait for them.

    Attributes:
        arns: The images.
        requests: The events, in the same order.
    """

    def __init__(self, account: SimulatedAccount, number: int) -> None:
        self._account = account
        account.builder.script.default = Outcome(pending=1, distributing=30, integrating=1)
        self.arns = [
            account.operate(account.request("Create", LogicalResourceId=f"Image{place}"))["PhysicalResourceId"]
            for place in range(number)
        ]
        self.requests = [
            account.request(
                "Create",
                WAIT,
                LogicalResourceId=f"{place:0>200}",
                ResourceProperties={"ImageArn": arn, "Segment": "1", "Segments": "1", "Seconds": "3300"},
            )
            for place, arn in enumerate(self.arns)
        ]

    def begin(self) -> None:
        """Deliver all requests at once, and return once each invocation has ended."""
        processes = [self._account.function.invoke(sent) for sent in self.requests]
        self._account.run_until(lambda: all(process.done for process in processes))

    def end(self) -> None:
        """Let time pass until no rule is left."""
        self._account.run_until(lambda: not self._account.event_bridge.rules)
