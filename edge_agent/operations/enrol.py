# SPDX-License-Identifier: Apache-2.0
"""Turn a blank box into one that its centre knows, by a token and one HTTPS conversation.

It leaves files that only their owner reads, and runs before any process of the box does. The root
that the server shows is believed only if it has the fingerprint that the token names; everything
after that is asked over TLS 1.3 with that root. Keys are made here and stay here.
"""

import base64
import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge_agent.config.paths import why_not_written
from edge_agent.errors import ConfigError, LinkError, StoreError
from edge_agent.keys import NOISE_KEY, SIGNING_KEY, SIGNING_PUBLIC, check_private, generate
from edge_agent.operations.enrolment_link import Centre
from wire_contract.codec import decode, encode
from wire_contract.errors import ContractError, DecodeError
from wire_contract.messages.enrolment import (
    CHAIN_VERSION,
    VERSION,
    EnrolAnswer,
    EnrolRequest,
    Token,
)
from wire_contract.programs.config_text import TEXT_BYTES_MAX, TextError, read_text
from wire_contract.programs.shipped import shipped

KEYS, TLS, CONFIG = "keys", "tls", "box.toml"
TOKEN_BYTES_MAX = 512
_PEM = serialization.Encoding.PEM


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Who the box now is, and where what it needs lies."""

    site: str
    device: str
    directory: Path
    broker_host: str
    broker_port: int
    certificate_ends: str


def read_token(path: Path) -> Token:
    """Read a token from a file, or from stdin where the path is `-`.

    Raises ConfigError, which repeats nothing of it.
    """
    try:
        if path == Path("-"):
            return Token.parse(sys.stdin.readline(TOKEN_BYTES_MAX))
        with path.open("rb") as file:
            return Token.parse(file.read(TOKEN_BYTES_MAX).decode("ascii"))
    except (OSError, UnicodeDecodeError, DecodeError) as error:
        raise ConfigError(
            f"{path}: {error}; save what fusion-service enrol-token printed, on one line"
        ) from error


def enrol(
    url: str, token: Token, directory: Path, *, template: Path | None, again: bool = False
) -> Enrolled:
    """Enrol this box and fill `directory`: keys/, tls/ and, out of the template, box.toml.

    again: the box has been enrolled before and its certificate is over or revoked; it keeps its
    keys and gets another certificate.

    Raises ConfigError for what is asked wrongly, LinkError where the centre cannot be reached, is
    not the one that the token names, or refuses, and StoreError where the files cannot be written.
    A box that has a certificate already is left alone.
    """
    host, port = _address(url)
    tls = directory / TLS
    if again and template is not None:
        raise ConfigError("--again: keeps the config as it is; leave --template out")
    if not again:
        _check_not_enrolled(directory)
    text = _read_template(template) if template is not None else None
    key = _read_key(tls / "device.key") if again else ec.generate_private_key(ec.SECP256R1())
    if why_not := why_not_written(tls) or why_not_written(directory / KEYS):
        raise StoreError(f"{directory}: {why_not}; the token was not used: run as a user who may")
    centre = Centre(host, port)
    root = _trusted_root(centre, token)
    chain = _chain(centre, root)
    answer = _ask(centre, token, key, _signing_key(directory / KEYS), can_chain=bool(chain))
    certificate = _checked(answer, token, [*chain, root], key)
    try:
        _write_identity(tls, key, root=root, certificate=certificate)
        if text is not None:
            _write(directory / CONFIG, _filled(text, answer).encode())
    except OSError as error:
        raise StoreError(
            f"{directory}: {error}; the token is used up: make another, and free what is in the way"
        ) from error
    ends = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
    return Enrolled(
        answer.site, answer.device, directory, answer.broker_host, answer.broker_port, ends
    )


def _check_not_enrolled(directory: Path) -> None:
    """Raise StoreError where a box has been enrolled into this folder before."""
    tls = directory / TLS
    for path in (tls / "device.key", tls / "device.pem", directory / CONFIG):
        if path.exists():
            raise StoreError(
                f"{path}: this box is enrolled already; for another certificate use --again"
            )


def _write_identity(
    tls: Path,
    key: ec.EllipticCurvePrivateKey,
    *,
    root: x509.Certificate,
    certificate: x509.Certificate,
) -> None:
    """Write the key, the root and the certificate of a box."""
    tls.mkdir(parents=True, exist_ok=True, mode=0o700)
    plain = serialization.NoEncryption()
    _write(tls / "device.key", key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, plain))
    _write(tls / "ca.pem", root.public_bytes(_PEM))
    _write(tls / "device.pem", certificate.public_bytes(_PEM))


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    try:
        port = parts.port or 443
    except ValueError:
        port = 0
    if (
        parts.scheme != "https"
        or not parts.hostname
        or not port
        or parts.path not in ("", "/")
        or parts.username
    ):
        raise ConfigError(
            f"url: got {url[:80]!r}, wanted https://HOST:PORT, where fusion-service enrol-serve "
            "listens"
        )
    return parts.hostname, port


def _read_template(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return read_text(file.read(TEXT_BYTES_MAX + 1))
    except (OSError, TextError) as error:
        example = shipped("firmware_configs/examples/box.template.toml")
        raise ConfigError(f"{path}: cannot be read: {error}; begin with {example}") from error


def _filled(text: str, answer: EnrolAnswer) -> str:
    """Fill the template's placeholders; its other lines stay as they are."""
    values = {
        "@SITE@": answer.site,
        "@DEVICE@": answer.device,
        "@BROKER_HOST@": answer.broker_host,
        "@BROKER_PORT@": str(answer.broker_port),
    }
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def _trusted_root(centre: Centre, token: Token) -> x509.Certificate:
    """Fetch the root from whoever answers, and believe it by its fingerprint alone."""
    der = centre.get("/v1/root")
    if hashlib.sha256(der).hexdigest() != token.fingerprint:
        raise LinkError(
            f"{centre.where}: shows another root than the token names; this is not your centre, or "
            "the token is another's"
        )
    root = x509.load_der_x509_certificate(der)
    centre.trust(root)
    return root


def _chain(centre: Centre, root: x509.Certificate) -> list[x509.Certificate]:
    """Fetch the issuing certificates that the root has signed; none where it signs by itself."""
    pem = centre.get("/v1/chain", or_none=True)
    try:
        chain = x509.load_pem_x509_certificates(pem) if pem else []
        for issuing in chain:
            issuing.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise LinkError(
            f"{centre.where}: shows an issuing certificate that is not of the token's root: {error}"
        ) from error
    return [
        one
        for one in chain
        if one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    ]


def _ask(
    centre: Centre,
    token: Token,
    key: ec.EllipticCurvePrivateKey,
    signing_key: str,
    *,
    can_chain: bool,
) -> EnrolAnswer:
    request = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(key, hashes.SHA256())
    encoded = base64.b64encode(request.public_bytes(serialization.Encoding.DER)).decode("ascii")
    # A centre of before knows version 1 only, and has no chain.
    version = CHAIN_VERSION if can_chain else VERSION
    asked = EnrolRequest(v=version, secret=token.secret, request=encoded, signing_key=signing_key)
    try:
        return decode(EnrolAnswer, centre.post("/v1/enrol", encode(asked)))
    except ContractError as error:
        raise LinkError(
            f"{centre.where}: answers something else than an enrolment: {error}"
        ) from error


def _checked(
    answer: EnrolAnswer,
    token: Token,
    issuers: list[x509.Certificate],
    key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    """Return the certificate, checked to be for this box and its key, and signed under its root."""
    if (answer.site, answer.device) != (token.site, token.device):
        raise LinkError(
            f"enrolment: got a certificate for {answer.site}/{answer.device}, wanted "
            f"{token.site}/{token.device}"
        )
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(answer.certificate))
    except ValueError as error:
        raise LinkError(f"enrolment: what came is no certificate: {error}") from error
    if not any(_is_by(certificate, issuer) for issuer in issuers):
        raise LinkError("enrolment: the certificate is not one of the token's root")
    if certificate.public_key() != key.public_key():
        raise LinkError("enrolment: the certificate is for another key than this box's")
    return certificate


def _is_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _signing_key(directory: Path) -> str:
    """Return the public half of the signing key; keys of an attempt before are kept."""
    if not all((directory / name).exists() for name in (SIGNING_KEY, SIGNING_PUBLIC, NOISE_KEY)):
        generate(directory)
    return (directory / SIGNING_PUBLIC).read_text("ascii").strip()


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    check_private(path)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise StoreError(
            f"{path}: no usable key: {error}; enrol without --again into a new folder"
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise StoreError(
            f"{path}: got another kind of key, wanted one on P-256; enrol without --again into a "
            "new folder"
        )
    return key


def _write(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all, that is at no moment readable by others."""
    unfinished = path.with_name(f".{path.name}-new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
