"""Under TLS ministack takes port 443 as well when it is free: a local AWS must take nothing but its own port.

Nothing here needs 443; ministack serves Cognito's issuer there.
"""

from ministack import app

from local_aws.patching import replace


def install() -> None:
    """Report every further port as taken."""
    replace(app, "_port_is_bindable", lambda original: lambda host, port: False)
