"""The ARN of an SSM parameter in permissions."""

# Those of AWS and its partners. Source: Systems Manager user guide, finding public parameters.
_PUBLIC = "aws/service/"


def parameter_arn(region: str, account: str, name: str) -> str:
    """The ARN by the name, with a slash at its beginning or without; that of a public parameter has no account."""
    path = name.removeprefix("/")
    return f"arn:aws:ssm:{region}:{'' if path.startswith(_PUBLIC) else account}:parameter/{path}"
