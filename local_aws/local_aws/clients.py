"""boto3 clients of a local AWS, which no profile, file or variable of the user redirects."""

import os
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.config import Config

# Where botocore would look: a profile that the user's shell names, and the user's files.
_IGNORED = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


# boto3 makes clients in one thread at a time only.
_lock = threading.Lock()


def make_client(service: str, region: str, environment: Mapping[str, str]) -> Any:
    """A client of a service, for the server and the credentials that an environment names."""
    with _lock:
        return _session().client(
            service,
            region_name=region,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            verify=environment["AWS_CA_BUNDLE"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=environment.get("AWS_SESSION_TOKEN"),
            config=Config(proxies={}, s3={"addressing_style": "path"}),
        )


@cache
def _session() -> Any:
    # ministack's interpreter imports this package too, and need not have boto3.
    import boto3
    import botocore.session

    return boto3.session.Session(botocore_session=botocore.session.Session(session_vars=_IGNORED))
