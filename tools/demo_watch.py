"""What `cdk-image-distribution watch` shows, beside the demo's own output."""

from __future__ import annotations

import os
import threading
from types import TracebackType

import boto3
from rich.console import Console

from cdk_image_distribution_cli.aws import Aws
from cdk_image_distribution_cli.clock import SystemClock
from cdk_image_distribution_cli.line_view import LineView
from cdk_image_distribution_cli.observer import Observer
from cdk_image_distribution_cli.progress import Progress
from cdk_image_distribution_cli.terminal_view import TerminalView
from local_aws.running import LocalAws

_INTERVAL = 0.4


class DemoWatch:
    """Shows a stack's distributions while the block runs: live on a terminal, else a line for each change.

    Args:
        console: Where the block prints too.
        aws: The local AWS.
        stack: The stack's name.
    """

    def __init__(self, console: Console, aws: LocalAws, stack: str) -> None:
        # As a user's shell: endpoint, credentials and certificates for everything in this process.
        os.environ.update(aws.environment)
        self._observer = Observer(Aws(boto3.Session(region_name=aws.region)), stack, SystemClock())
        self._terminal = TerminalView(console) if console.is_terminal else None
        self._view = self._terminal or LineView(lambda line: console.print(f"  {line}"))
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch")

    def __enter__(self) -> DemoWatch:
        if self._terminal is not None:
            self._terminal.__enter__()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        if self._terminal is not None:
            self._terminal.__exit__(kind, error, trace)

    def _watch(self) -> None:
        while not self._is_over.wait(_INTERVAL):
            self._show(self._observer.observe())
        self._show(self._observer.observe())

    def _show(self, progress: Progress) -> None:
        # Before the deployment there is nothing to show.
        if progress.has_begun and progress.distributions:
            self._view.show(progress)
