"""An Image Builder in this process with a clock that stands still, and the requests that most tests begin with."""

from dataclasses import dataclass, field
from typing import Any

from local_aws.image_builder import ImageBuilder, InMemory, Outcome, Script

AMI = "ami-0123456789abcdef0"
ROLE = "arn:aws:iam::111122223333:role/execution"
DISTRIBUTIONS = [{"region": "eu-west-1"}, {"region": "us-east-1"}]


@dataclass
class Clock:
    """A clock that a test moves."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@dataclass
class StandIn:
    """A stand-in with everything that a test looks at.

    Attributes:
        events: The (ARN, status) of every state change event so far.
        tokens: How many client tokens were used.
    """

    clock: Clock = field(default_factory=Clock)
    backend: InMemory = field(default_factory=InMemory)
    events: list[tuple[str, str]] = field(default_factory=list)
    script: Script = field(default_factory=Script)
    tokens: int = 0

    def __post_init__(self) -> None:
        """Start it, with one distribution configuration."""
        self.builder = ImageBuilder(
            clock=self.clock,
            backend=self.backend,
            script=self.script,
            on_state_change=lambda arn, previous, status: self.events.append((arn, status)),
            wait=self.clock.advance,
        )
        self.configuration = self.configure("two-regions", DISTRIBUTIONS)

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Carry out an operation."""
        return self.builder.call(operation, **parameters)

    def token(self) -> str:
        """A client token that was not used before."""
        self.tokens += 1
        return f"token-{self.tokens}"

    def configure(self, name: str, distributions: list[dict[str, Any]]) -> str:
        """Create a distribution configuration and return its ARN."""
        answer = self.call(
            "CreateDistributionConfiguration", name=name, distributions=distributions, clientToken=self.token()
        )
        return str(answer["distributionConfigurationArn"])

    def request(self, **changed: Any) -> dict[str, Any]:
        """The parameters of a DistributeImage that is accepted, but for what is changed."""
        parameters = {
            "sourceImage": AMI,
            "distributionConfigurationArn": self.configuration,
            "executionRole": ROLE,
            "clientToken": self.token(),
        }
        return {**parameters, **changed}

    def distribute(self, outcome: Outcome | None = None, **changed: Any) -> str:
        """Start a distribution and return its image's ARN."""
        if outcome is not None:
            self.script.outcomes.append(outcome)
        return str(self.call("DistributeImage", **self.request(**changed))["imageBuildVersionArn"])

    def finish(self, outcome: Outcome | None = None, **changed: Any) -> str:
        """Start a distribution, let it end, and return its image's ARN."""
        arn = self.distribute(outcome, **changed)
        self.wait()
        return arn

    def wait(self) -> None:
        """Let a minute pass, and all that is due in it happen."""
        self.clock.advance(60)
        self.builder.advance()

    def image(self, arn: str) -> dict[str, Any]:
        """What GetImage says of an image."""
        described: dict[str, Any] = self.call("GetImage", imageBuildVersionArn=arn)["image"]
        return described

    def status(self, arn: str) -> str:
        """The status of an image."""
        return str(self.image(arn)["state"]["status"])

    def on_image(self, operation: str, arn: str) -> dict[str, Any]:
        """Carry out an operation on an image that takes a client token."""
        return self.call(operation, imageBuildVersionArn=arn, clientToken=self.token())
