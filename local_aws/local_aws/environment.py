"""Environment variables: of the server, and of whoever uses it."""

import os
from pathlib import Path

from local_aws.certificates import Certificates
from local_aws.tools import node_modules

# Of what the user's environment says about AWS and proxies, nothing may reach a program that is meant to talk to
# this machine.
_FOREIGN = ("AWS_", "CDK_", "LOCALSTACK_", "MINISTACK_")
# Says whether the CDK validates the templates of an app at synthesis.
_HARMLESS = "CDK_VALIDATION"
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})
_ACCESS_KEY = "test"


def without_foreign(environment: dict[str, str]) -> dict[str, str]:
    """An environment without what leads to another AWS or through a proxy."""
    return {
        name: value
        for name, value in environment.items()
        if name == _HARMLESS or (not name.startswith(_FOREIGN) and name.lower() not in _PROXIES)
    }


def server_environment(
    folder: Path, port: int, region: str, account: str, certificates: Certificates
) -> dict[str, str]:
    """What ministack reads, and the functions that it runs inherit."""
    temporary = folder / "tmp"
    temporary.mkdir()
    return {
        **without_foreign(dict(os.environ)),
        **client_environment(folder, port, region, certificates),
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        # No Docker engine is touched: ministack would remove containers that it takes for its own.
        "DOCKER_HOST": f"unix://{folder / 'no-docker.sock'}",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "MINISTACK_ACCOUNT_ID": account,
        "MINISTACK_REGION": region,
        "MINISTACK_SSL_CERT": str(certificates.certificate),
        "MINISTACK_SSL_KEY": str(certificates.key),
        # Functions find the AWS SDK there, which is part of the runtime on AWS.
        "NODE_PATH": os.pathsep.join(str(packages) for packages in node_modules(Path.cwd())),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "SFTP_ENABLED": "0",
        "SSL_CERT_FILE": str(certificates.authority),
        "TMPDIR": str(temporary),
        "USE_SSL": "1",
    }


def client_environment(folder: Path, port: int, region: str, certificates: Certificates) -> dict[str, str]:
    """What the CDK CLI, boto3 and the AWS CLI need to reach the server, and no other AWS."""
    return {
        "AWS_ACCESS_KEY_ID": _ACCESS_KEY,
        "AWS_CA_BUNDLE": str(certificates.authority),
        "AWS_CONFIG_FILE": str(folder / "no-config"),
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": f"https://localhost:{port}",
        "AWS_REGION": region,
        "AWS_SECRET_ACCESS_KEY": _ACCESS_KEY,
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "no-credentials"),
        # The CDK CLI remembers there which account an access key belongs to.
        "CDK_HOME": str(folder / "cdk"),
        "CDK_DISABLE_CLI_TELEMETRY": "1",
        "CI": "true",
        # Both tell of nothing but the end of a Node.js version; the first takes the versions to be silent
        # about.
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20,22",
        "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
        "NODE_EXTRA_CA_CERTS": str(certificates.authority),
        "NO_PROXY": "localhost,127.0.0.1",
    }


def as_account(environment: dict[str, str], account: str) -> dict[str, str]:
    """The same environment with the credentials of an account's root user: ministack takes an account id as its key."""
    return {**environment, "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": account}
