# SPDX-License-Identifier: Apache-2.0
"""An authority as releases made it before there were issuing certificates.

The root signs everything, path length 0.
"""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from fusion_service.identity.ca import authority, files
from fusion_service.identity.ca.certificates import Issuer, revocation_list


def make_old(directory: Path, *, days: int, now: datetime) -> None:
    """Make one: a root of path length 0 in place of today's, and no issuing certificate."""
    authority.make(directory, days=days, now=now)
    shutil.rmtree(directory / "issuing")
    (directory / "register.jsonl").write_bytes(b"")
    today, key = (
        files.read_certificate(directory / "ca.pem"),
        ec.generate_private_key(ec.SECP256R1()),
    )
    start, end = (
        now.replace(microsecond=0) - timedelta(minutes=5),
        now.replace(microsecond=0) + timedelta(days=days),
    )
    builder = x509.CertificateBuilder(
        today.subject, today.subject, key.public_key(), x509.random_serial_number(), start, end
    )
    builder = builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    usage = today.extensions.get_extension_for_class(x509.KeyUsage)
    root = builder.add_extension(usage.value, critical=True).sign(key, hashes.SHA256())
    (directory / "ca.pem").write_bytes(files.pem(root))
    (directory / "ca.key").write_bytes(files.key_bytes(key))
    (directory / "crl.pem").write_bytes(
        files.pem(revocation_list(Issuer(root, key), (), now=now, before=None))
    )
