"""The queue of the base stack: events of images, and the reports of the spy function."""

from __future__ import annotations

import json
import time
from typing import Any

from .account import Account


class Messages:
    """What arrives in the queue, with the time of its arrival."""

    def __init__(self, account: Account, queue: str) -> None:
        self._sqs = account.client("sqs")
        self._queue = queue
        self._received: list[tuple[float, dict[str, Any]]] = []

    def receive(self) -> list[tuple[float, dict[str, Any]]]:
        """Read the queue, and return all messages so far."""
        while found := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get(
            "Messages", []
        ):
            for message in found:
                self._received.append((time.time(), json.loads(message["Body"])))
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return self._received

    def of_image(self, arn: str) -> list[tuple[float, str]]:
        """Return the events of an image so far: when they arrived, and the status."""
        return [
            (at, body["detail"]["state"]["status"])
            for at, body in self.receive()
            if arn in body.get("resources", []) and "state" in body.get("detail", {})
        ]

    def of_stack(self, stack: str) -> list[dict[str, Any]]:
        """Return the spy function's reports of a stack so far, in the order of their time."""
        reports = [
            body for _, body in self.receive() if f":stack/{stack}/" in body.get("request", {}).get("StackId", "")
        ]
        return sorted(reports, key=lambda report: float(report["time"]))
