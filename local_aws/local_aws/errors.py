"""What can go wrong with a local AWS itself."""


class LocalAwsError(Exception):
    """The local AWS cannot start, or has ended; the message says what to do."""


class CdkFailed(LocalAwsError):
    """The CDK CLI ended with an error.

    Attributes:
        output: All that it printed.
    """

    def __init__(self, command: str, code: int, output: str) -> None:
        """Take the command, its exit code and its output, the end of which goes into the message."""
        tail = "\n".join(output.splitlines()[-40:])
        super().__init__(f"{command} ended with code {code}:\n{tail}")
        self.output = output
