# SPDX-License-Identifier: Apache-2.0
"""What an authority signs for a holder, and the line of the register that stands for it."""

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from fusion_service.identity.ca import revocation
from fusion_service.identity.ca.certificates import Issuer, Validity, leaf
from fusion_service.identity.ca.files import fingerprint
from fusion_service.identity.ca.holders import Holder
from fusion_service.identity.issued import Kind, RegisterEvent, RegisterLine


def certify(
    issuer: Issuer, holder: Holder, key: ec.EllipticCurvePublicKey, validity: Validity
) -> x509.Certificate:
    """Sign a certificate for a holder's key."""
    return leaf(
        issuer,
        key,
        common_name=holder.name,
        purpose=holder.purpose,
        hosts=holder.hosts,
        serial=x509.random_serial_number(),
        validity=validity,
    )


def entry_of(
    holder: Holder, certificate: x509.Certificate, issuer: Issuer, now: datetime
) -> RegisterLine:
    """Return the line of a certificate that was issued to a holder."""
    return RegisterLine(
        event=RegisterEvent.ISSUED,
        at_s=int(now.timestamp()),
        kind=holder.kind,
        name=holder.name,
        serial=f"{certificate.serial_number:x}",
        ends_s=int(certificate.not_valid_after_utc.timestamp()),
        sha256=fingerprint(certificate),
        issuer="" if is_root(issuer.certificate) else revocation.key_of(issuer.certificate).hex(),
    )


def issuing_entry(certificate: x509.Certificate, now: datetime) -> RegisterLine:
    """Return the line of an issuing certificate, which the root signed."""
    serial = f"{certificate.serial_number:x}"
    ends_s = int(certificate.not_valid_after_utc.timestamp())
    sha256 = fingerprint(certificate)
    return RegisterLine(
        RegisterEvent.ISSUED, int(now.timestamp()), Kind.ISSUING, serial, serial, ends_s, sha256
    )


def is_root(certificate: x509.Certificate) -> bool:
    """Say whether a certificate is signed by its own key.

    The name alone does not tell, see `certificates.issuing`.
    """
    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
