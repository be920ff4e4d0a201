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
    """The error for an ARN that names nothing."""
    return ServiceError("ResourceNotFoundException", f"The resource with ARN '{arn}' does not exist.")
