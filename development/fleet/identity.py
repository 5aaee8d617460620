# SPDX-License-Identifier: Apache-2.0
"""Who a simulated box is, where its broker listens, and how it proves itself there."""

import random
import ssl
import tempfile
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fusion_service.identity.ca.certificates import Issuer, Purpose, Validity, leaf

CERTIFICATE_DAYS = 7


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker listens; ca_file is None for a plain listener on loopback."""

    host: str
    port: int
    ca_file: Path | None


class Identity:
    """Who a simulated box is: name, stream, signing key, and its proof to the broker."""

    def __init__(self, site: str, number: int, *, seed: int) -> None:
        self.site, self.device = site, f"box-{number:05d}"
        chance = random.Random(f"{seed} {number}")  # noqa: S311 - a simulated fleet hides nothing, it must be drawn again alike
        self.stream, self.boot = (
            str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(2)
        )
        self.key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        self.counts = chance

    @property
    def public_key(self) -> bytes:
        """The key that the centre checks with."""
        return self.key.public_key().public_bytes_raw()

    def context(self, broker: BrokerAddress, authority: Path) -> ssl.SSLContext:
        """Return a TLS context with a fresh certificate from the authority in a folder."""
        issuer = read_issuer(authority)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = leaf(
            issuer,
            key.public_key(),
            common_name=f"{self.site}/{self.device}",
            purpose=Purpose.CLIENT,
            hosts=(),
            serial=x509.random_serial_number(),
            validity=Validity.of(now=datetime.now(UTC), days=CERTIFICATE_DAYS),
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(broker.ca_file)
        pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        with tempfile.NamedTemporaryFile() as file:  # mode 0600, gone at the end of the block
            file.write(
                key.private_bytes(pem, form, serialization.NoEncryption())
                + certificate.public_bytes(pem)
            )
            file.flush()
            context.load_cert_chain(file.name)
        return context


def read_issuer(authority: Path) -> Issuer:
    """Read the root of an authority's folder, as `fusion-service ca init` made it."""
    key = serialization.load_pem_private_key((authority / "ca.key").read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{authority}: wanted a root with an elliptic curve key")
    return Issuer(x509.load_pem_x509_certificate((authority / "ca.pem").read_bytes()), key)
