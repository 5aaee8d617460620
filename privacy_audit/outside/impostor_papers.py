# SPDX-License-Identifier: Apache-2.0
"""The papers that impostors show an uplink: each is wrong in one way, but the right broker's."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from privacy_audit.target.box import AuditedBox
from privacy_audit.target.broker import HOST, Identities

RIGHT = "the right broker"


def make_papers(folder: Path, box: AuditedBox) -> tuple[dict[str, ssl.SSLContext | None], Path]:
    """Return what each shows to an uplink, and the folder of the uplink's own identity."""
    right, rogue = Identities(folder / "right"), Identities(folder / "rogue")
    authority, server, device = (
        right.ca,
        right.server(),
        right.device(box.config.site, box.config.device),
    )
    elsewhere = right.server_elsewhere("elsewhere.example")
    now = datetime.now(UTC)
    made = {
        "over since yesterday": _signed(
            authority, folder / "over", begins=now - timedelta(days=9), ends=now - timedelta(days=1)
        ),
        "good from tomorrow on": _signed(
            authority,
            folder / "early",
            begins=now + timedelta(days=1),
            ends=now + timedelta(days=9),
        ),
        "for a client, not for a server": _signed(
            authority, folder / "client", purpose=ExtendedKeyUsageOID.CLIENT_AUTH
        ),
        "signed by itself": _signed(None, folder / "itself"),
    }
    papers = {
        RIGHT: _shown(server),
        "of another authority": _shown(rogue.server()),
        "for another name": _shown(elsewhere),
        **{f"with a certificate {what}": _shown(where) for what, where in made.items()},
        "under TLS 1.2": _shown(server, version=ssl.TLSVersion.TLSv1_2),
        "without TLS": None,
    }
    return papers, device


def _shown(folder: Path, *, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    """Return what a server shows.

    Of its caller it wants nothing, so that nothing but the caller ends the handshake.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = version
    context.load_cert_chain(folder / "broker.pem", folder / "broker.key")
    return context


def _signed(
    authority: Path | None,
    out: Path,
    *,
    begins: datetime | None = None,
    ends: datetime | None = None,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
) -> Path:
    """Make a server's certificate for this machine and return its folder.

    It is signed by the authority or, without one, by itself.
    """
    out.mkdir(mode=0o700)
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    signer, issuer = key, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    if authority is not None:
        loaded = serialization.load_pem_private_key(
            (authority / "ca.key").read_bytes(), password=None
        )
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)  # noqa: S101 - the authority's own program makes no other
        signer, issuer = (
            loaded,
            x509.load_pem_x509_certificate((authority / "ca.pem").read_bytes()).subject,
        )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]
    certificate = (
        x509.CertificateBuilder(
            issuer,
            subject,
            key.public_key(),
            x509.random_serial_number(),
            begins or now - timedelta(minutes=5),
            ends or now + timedelta(days=1),
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
        .sign(signer, hashes.SHA256())
    )
    form = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (out / "broker.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (out / "broker.key").touch(mode=0o600)
    (out / "broker.key").write_bytes(key.private_bytes(*form))
    return out
