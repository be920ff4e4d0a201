"""A private certificate authority for one local AWS.

crhelper answers CloudFormation over HTTPS alone, so the server speaks TLS; Node.js refuses a certificate that
signed itself, so there is an authority.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificates:
    """Files in PEM format.

    Attributes:
        authority: What clients trust.
        certificate: The server's, for localhost and 127.0.0.1.
    """

    authority: Path
    certificate: Path
    key: Path


def make_certificates(folder: Path) -> Certificates:
    """Make an authority and a server certificate in a folder."""
    # ministack's interpreter imports this package too, and has no trustme.
    import trustme

    authority = trustme.CA()
    server = authority.issue_cert("localhost", "127.0.0.1", "*.localhost")
    files = Certificates(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    authority.cert_pem.write_to_path(str(files.authority))
    server.private_key_pem.write_to_path(str(files.key))
    for place, part in enumerate(server.cert_chain_pems):
        part.write_to_path(str(files.certificate), append=place > 0)
    return files
