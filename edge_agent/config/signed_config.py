# SPDX-License-Identifier: Apache-2.0
"""Believe a signed config, or refuse it by name. Pure: bytes, the root and a time come in.

What a box trusts since it was enrolled is one root. Rule 1: whoever signs has a certificate for
signing configs and for nothing else, made by that root or by an issuing certificate of it. Rule 2:
nothing of a message counts before its signature holds. Rule 3: a serial number only rises.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from edge_agent.errors import LinkError
from wire_contract.codec import decode, open_envelope, split
from wire_contract.errors import ContractError
from wire_contract.messages.signed_config import PURPOSE, SignedConfig
from wire_contract.topics import Channel

SKEW_S = 300
"""So far the clocks of box and authority may differ."""
HALF_BYTES = 32


class Refusal(StrEnum):
    """Why a config is not taken. Closed: there is no other reason."""

    UNREADABLE = "cannot be read"
    ANOTHER_BOX = "is for another box"
    STRANGER = "is by nobody whom this box's root has made"
    WRONG_PURPOSE = "is by a certificate that is not for signing configs"
    FORGED = "is not signed by the certificate that it shows"
    TOO_EARLY = "is not to be taken yet"
    OVER = "is out of date"
    ROLLED_BACK = "is older than the one that was taken last"
    REPEATED = "has the number of one that was taken, and says something else"


class ConfigRefusedError(LinkError):
    """A signed config is not taken."""

    def __init__(self, refusal: Refusal, detail: str) -> None:
        super().__init__(f"signed config: {refusal}: {detail}")
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Known:
    """The config that was accepted last.

    serial: its number, 0 where there was none. sha256: of its envelope, hex.
    """

    serial: int = 0
    sha256: str = ""


def read_config(
    envelope: bytes, *, root: x509.Certificate, site: str, device: str, now: datetime, known: Known
) -> SignedConfig | None:
    """Return what an envelope says; None for the one that was taken last.

    Raises ConfigRefusedError.
    """
    try:
        config = decode(SignedConfig, split(envelope)[0])
        signer, issuer = (
            _certificate(config.signer),
            None if config.issuer is None else _certificate(config.issuer),
        )
    except (ContractError, ValueError, x509.InvalidVersion) as error:
        raise ConfigRefusedError(Refusal.UNREADABLE, str(error)) from error
    _check_chain(signer, issuer, root)
    try:
        open_envelope(
            Channel.CERTIFICATE,
            envelope,
            lambda signed, signature: _is_by(signer, signed, signature),
        )
    except ContractError as error:
        raise ConfigRefusedError(Refusal.FORGED, str(error)) from error
    if (config.site, config.device) != (site, device):
        raise ConfigRefusedError(
            Refusal.ANOTHER_BOX, f"got {config.site}/{config.device}, wanted {site}/{device}"
        )
    if config.serial == known.serial and hashlib.sha256(envelope).hexdigest() == known.sha256:
        return None
    _check_times(config, (signer, issuer), now)
    if config.serial <= known.serial:
        refusal = Refusal.REPEATED if config.serial == known.serial else Refusal.ROLLED_BACK
        raise ConfigRefusedError(
            refusal, f"got serial number {config.serial}, wanted more than {known.serial}"
        )
    return config


def _certificate(text: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(base64.b64decode(text, validate=True))


def _check_chain(
    signer: x509.Certificate, issuer: x509.Certificate | None, root: x509.Certificate
) -> None:
    try:
        if issuer is not None:
            issuer.verify_directly_issued_by(root)
        signer.verify_directly_issued_by(issuer or root)
        may_issue = issuer is None or _may_issue(issuer)
        purpose = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
        is_authority = signer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound as error:
        raise ConfigRefusedError(Refusal.WRONG_PURPOSE, str(error)) from error
    except (ValueError, TypeError, InvalidSignature) as error:
        raise ConfigRefusedError(
            Refusal.STRANGER, str(error) or "a signature does not hold"
        ) from error
    if not may_issue:
        raise ConfigRefusedError(
            Refusal.STRANGER, "what stands between it and the root may issue nothing"
        )
    if (
        is_authority
        or not usage.digital_signature
        or [one.dotted_string for one in purpose] != [PURPOSE]
    ):
        raise ConfigRefusedError(
            Refusal.WRONG_PURPOSE,
            f"got {', '.join(one.dotted_string for one in purpose)}, wanted {PURPOSE}",
        )


def _may_issue(issuer: x509.Certificate) -> bool:
    is_authority = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    return (
        is_authority
        and issuer.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    )


def _check_times(
    config: SignedConfig, chain: tuple[x509.Certificate | None, ...], now: datetime
) -> None:
    now_s = now.timestamp()
    begins = [
        float(config.begins_s),
        *(one.not_valid_before_utc.timestamp() for one in chain if one is not None),
    ]
    ends = [
        float(config.ends_s),
        *(one.not_valid_after_utc.timestamp() for one in chain if one is not None),
    ]
    if now_s < max(begins) - SKEW_S:
        raise ConfigRefusedError(
            Refusal.TOO_EARLY, "it begins later; or the clock of this box is behind"
        )
    if now_s >= min(ends):
        raise ConfigRefusedError(Refusal.OVER, "it has ended; or the clock of this box is ahead")


def _is_by(signer: x509.Certificate, signed: bytes, signature: bytes) -> bool:
    key = signer.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        return False
    r, s = (
        int.from_bytes(half, "big") for half in (signature[:HALF_BYTES], signature[HALF_BYTES:])
    )
    try:
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
