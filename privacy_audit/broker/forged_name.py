# SPDX-License-Identifier: Apache-2.0
"""A certificate for a name that the authority would refuse to issue.

Whoever has stolen the root's key could make it.
"""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge_agent.errors import LinkError

_KEY_FORM = (
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)


def forge(authority: Path, name: str, out: Path) -> Path:
    """Sign a client's certificate for any name with the root's key in `authority`.

    Return the folder `out` with its files.
    """
    root_key = serialization.load_pem_private_key(
        (authority / "ca.key").read_bytes(), password=None
    )
    root = x509.load_pem_x509_certificate((authority / "ca.pem").read_bytes())
    if not isinstance(root_key, ec.EllipticCurvePrivateKey):
        raise LinkError(
            f"{authority}/ca.key: got another kind of key, wanted an elliptic curve's; make it "
            "with fusion-service ca init"
        )
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    ends = now + timedelta(days=1)
    builder = x509.CertificateBuilder(
        root.subject,
        subject,
        key.public_key(),
        x509.random_serial_number(),
        now - timedelta(minutes=5),
        ends,
    )
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=True
    )
    certificate = builder.sign(root_key, hashes.SHA256())
    (out / "device.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    with os.fdopen(
        os.open(out / "device.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
    ) as file:
        file.write(key.private_bytes(*_KEY_FORM))
    shutil.copy(authority / "ca.pem", out)
    return out
