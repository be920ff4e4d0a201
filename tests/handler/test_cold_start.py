"""What a new container does before it can take an event."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from botocore.session import Session
made = []
make = Session.create_client
Session.create_client = lambda session, *service, **options: made.append(service) or make(session, *service, **options)
from cdk_image_distribution_handler import clients, index
print(made)
clients.events()
print(made)
"""


def test_no_client_is_made_before_it_is_needed() -> None:
    """A client costs more than the handler's whole code; crhelper alone would make three for each resource."""
    printed = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True).stdout
    assert printed.splitlines() == ["[]", "[('events',)]"]
