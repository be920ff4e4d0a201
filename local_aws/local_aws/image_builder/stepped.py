"""The stand-in for tests without a server: on a clock that a test moves, with a boto3 client that it answers."""

from typing import Any

import boto3
from botocore.config import Config

from local_aws.image_builder.botocore_hook import answer_client
from local_aws.image_builder.service import ImageBuilder

_START = 1_700_000_000.0


class SteppedImageBuilder(ImageBuilder):
    """An Image Builder in this process, for which no time passes but what `let_pass` lets pass.

    Attributes:
        now: Its time, in seconds since the epoch.
    """

    def __init__(self, *, region: str = "eu-west-1") -> None:
        """Begin with nothing in it but the source AMI `ami-0123456789abcdef0`."""
        self.now = _START
        super().__init__(region=region, clock=lambda: self.now, wait=self.let_pass)

    def let_pass(self, seconds: float) -> None:
        """Let time pass, and all that is due in it happen."""
        self.now += seconds
        self.advance()

    def client(self) -> Any:
        """A boto3 `imagebuilder` client that it answers, without retries: a scripted fault shows at once."""
        made = boto3.client(
            "imagebuilder",
            region_name=self.store.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )
        answer_client(made, self)
        return made
