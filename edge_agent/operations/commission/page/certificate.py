# SPDX-License-Identifier: Apache-2.0
"""A certificate for one session: made now, gone with it, and told in words that one can compare."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aiou"
_WORDS = 5
"""Of 16 bits each: who wants another certificate with these words tries 2^80."""
_SLACK = timedelta(days=1)
"""A box's clock may not be set yet."""


@dataclass(frozen=True, slots=True)
class SessionCertificate:
    """Where certificate and key lie, and the certificate's fingerprint, SHA-256."""

    certificate: Path
    key: Path
    fingerprint: str

    @property
    def words(self) -> str:
        """Return the fingerprint's begin as words."""
        return spoken(bytes.fromhex(self.fingerprint))


def make_certificate(folder: Path, host: str, *, name: str) -> SessionCertificate:
    """Make a certificate for an address, and its key, in a folder that only we may read."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + _SLACK)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    der = made.public_bytes(serialization.Encoding.DER)
    certificate_path, key_path = folder / "session.pem", folder / "session.key"
    certificate_path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path.touch(mode=0o600)
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return SessionCertificate(certificate_path, key_path, hashlib.sha256(der).hexdigest())


def spoken(digest: bytes) -> str:
    """Return the first bytes as words that can be read aloud, 16 bits each.

    Source: Wilkerson 2009 (A Proposal for Proquints), its alphabet and order.
    """
    words = []
    for place in range(0, 2 * _WORDS, 2):
        number = int.from_bytes(digest[place : place + 2], "big")
        words.append(
            _CONSONANTS[number >> 12 & 15]
            + _VOWELS[number >> 10 & 3]
            + _CONSONANTS[number >> 6 & 15]
            + _VOWELS[number >> 4 & 3]
            + _CONSONANTS[number & 15]
        )
    return "-".join(words)
