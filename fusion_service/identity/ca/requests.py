# SPDX-License-Identifier: Apache-2.0
"""Read a certificate request: whose key it is for, and that its maker holds that key."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fusion_service.errors import IdentityError

REQUEST_BYTES_MAX = 16_384
REQUEST_ADVICE = (
    "make it with: openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "
    "device.key -subj / -out device.csr"
)


def requested_key(request: Path | None, name: str) -> ec.EllipticCurvePublicKey:
    """Return the key of a request that its maker can sign with; its names are only compared."""
    assert request is not None  # noqa: S101 - asked for only where there is a request
    try:
        with request.open("rb") as file:
            asked = x509.load_pem_x509_csr(file.read(REQUEST_BYTES_MAX))
    except (OSError, ValueError) as error:
        raise IdentityError(
            f"{request}: is no certificate request in PEM: {error}; {REQUEST_ADVICE}"
        ) from error
    key = asked.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise IdentityError(
            f"{request}: got another kind of key, wanted an elliptic curve key on P-256; "
            f"{REQUEST_ADVICE}"
        )
    if not asked.is_signature_valid:
        raise IdentityError(
            f"{request}: is not signed by the key it names, so it may be someone else's; "
            f"{REQUEST_ADVICE}"
        )
    called = [
        str(attribute.value)
        for attribute in asked.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    ]
    if called not in ([], [name]):
        raise IdentityError(
            f"{request}: asks for {called[0][:80]!r}, wanted {name!r} or no name; take the request "
            "of that box"
        )
    return key
