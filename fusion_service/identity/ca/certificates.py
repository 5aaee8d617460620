# SPDX-License-Identifier: Apache-2.0
"""Write certificates and the list of revoked ones. Pure: times, keys and numbers come in.

ECDSA on P-256 with SHA-256: the one signature that TLS 1.3 obliges every peer to know besides RSA
(RFC 8446, section 9.1); every OpenSSL since 1.0 has it, and so have microcontrollers and secure
elements. Ed25519 is smaller and missing in many of those. Rule 1: a certificate serves one purpose,
so a box cannot pose as the broker, nor the broker as a box. Rule 2: none but the root and its
issuing certificates may sign another, and these no further authority. There are no name
constraints: only our own broker, centre and boxes trust this root, and they compare whole names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wire_contract.messages.signed_config import PURPOSE

SKEW = timedelta(minutes=5)
"""Certificates begin so much before they are made: the clocks of two machines differ."""


class Purpose(Enum):
    """What the holder may be in a TLS connection, or sign."""

    SERVER = ExtendedKeyUsageOID.SERVER_AUTH
    CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
    CONFIG = x509.ObjectIdentifier(PURPOSE)
    """Signs configs for boxes, and is no part of any connection."""


@dataclass(frozen=True, slots=True)
class Validity:
    """From when to when, UTC, whole seconds."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, *, now: datetime, days: int = 0, minutes: int = 0) -> "Validity":
        """Return the time from now, less the skew, to so many days and minutes on."""
        second = now.replace(microsecond=0)
        return cls(second - SKEW, second + timedelta(days=days, minutes=minutes))


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs, the root or an issuing certificate of it: the certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Revoked:
    """One certificate that is no longer good."""

    serial: int
    at: datetime


def root(key: ec.EllipticCurvePrivateKey, *, serial: int, validity: Validity) -> x509.Certificate:
    """Return a root of its own.

    Its name carries the serial, so that two roots are never taken for each other.
    """
    subject = _subject(f"people-count root {serial:x}"[:64])
    builder = _builder(subject, subject, key.public_key(), serial=serial, validity=validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    return builder.sign(key, hashes.SHA256())


def issuing(
    root_: Issuer, key: ec.EllipticCurvePublicKey, *, serial: int, validity: Validity
) -> x509.Certificate:
    """Return an issuing certificate: it signs leaves and lists, and no authority.

    Under a root of path length 0 it bears the root's own name, which makes it self-issued: RFC
    5280, section 4.2.1.9, leaves those out when it counts a path. It is told from the root by its
    key.
    """
    above = root_.certificate
    limit = above.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
    subject = above.subject if limit == 0 else _subject(f"people-count issuing {serial:x}"[:64])
    builder = _builder(subject, above.subject, key, serial=serial, validity=validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    builder = builder.add_extension(_authority_identifier(root_), critical=False)
    return builder.sign(root_.key, hashes.SHA256())


def leaf(
    issuer: Issuer,
    key: ec.EllipticCurvePublicKey,
    *,
    common_name: str,
    purpose: Purpose,
    hosts: Sequence[x509.GeneralName],
    serial: int,
    validity: Validity,
) -> x509.Certificate:
    """Return a certificate for one holder and one purpose.

    `hosts` are where a server is found, none for a client.
    """
    authority = issuer.certificate
    builder = _builder(
        _subject(common_name), authority.subject, key, serial=serial, validity=validity
    )
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose.value]), critical=True)
    builder = builder.add_extension(_authority_identifier(issuer), critical=False)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    return builder.sign(issuer.key, hashes.SHA256())


def revocation_list(
    issuer: Issuer,
    revoked: Iterable[Revoked],
    *,
    now: datetime,
    before: x509.CertificateRevocationList | None,
) -> x509.CertificateRevocationList:
    """Return the list that follows `before`, or the first one.

    It ends with its issuer and not sooner: a broker refuses everyone once its list has ended, and
    that would stop a fleet for a forgotten copy. How long a lost box stays good without a new list
    is bounded by the days of its certificate.
    """
    # OpenSSL keeps the old list beside a new one and goes by the later: to the second, and never
    # one from the future.
    last_update = now.replace(microsecond=0) - SKEW
    number = 1
    if before is not None:
        last_update = max(last_update, before.last_update_utc + timedelta(seconds=1))
        number = before.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number + 1
    builder = x509.CertificateRevocationListBuilder(
        issuer.certificate.subject, last_update, issuer.certificate.not_valid_after_utc
    )
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    builder = builder.add_extension(_authority_identifier(issuer), critical=False)
    for each in revoked:
        entry = x509.RevokedCertificateBuilder(each.serial, each.at.replace(microsecond=0))
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256())


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    *,
    serial: int,
    validity: Validity,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer, subject, key, serial, validity.start, validity.end)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _subject(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _authority_identifier(issuer: Issuer) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """Return what a key may do: a root signs certificates and lists, a holder handshakes."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
