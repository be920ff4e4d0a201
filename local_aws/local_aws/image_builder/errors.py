"""What the stand-in answers when it does not do what it was asked."""

from local_aws.image_builder.model import http_status


class ServiceError(Exception):
    """An error of the API, with one of its codes.

    Attributes:
        code: Such as `ResourceNotFoundException`.
        message: The words that the caller reads.
        status: The HTTP status; the model's for the code unless given.
    """

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        """Take the code and the message that the caller gets."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status or http_status(code)


class AnswerLost(Exception):
    """The operation was carried out, but its answer never reaches the caller."""


def does_not_exist(arn: str) -> ServiceError:
    """The error for an ARN, or an identifier of a lifecycle execution, that names nothing."""
    kind = arn.split(":")[-1].partition("/")[0] if arn.startswith("arn:") else "lifecycle-execution"
    name = "".join(part.capitalize() for part in kind.split("-"))
    return ServiceError(
        "ResourceNotFoundException", f"The following required resource '{name}' cannot be found: '{arn}'"
    )
