# SPDX-License-Identifier: Apache-2.0
"""Files of the authority: keys that only their owner reads, and public ones that are whole.

Rule 1: a key is written once, mode 0600, and never overwritten. Rule 2: whoever reads a public file
while it is written anew finds the old one or the new one.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fusion_service.errors import IdentityError
from fusion_service.private_file import give_all, give_to_folder_owner

OTHERS = 0o077
PUBLIC_MODE = 0o644


def write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file that is not there yet, at no moment readable by more than `mode` says."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        give_to_folder_owner(file.fileno(), path.parent)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def make_folder(path: Path, *, mode: int) -> None:
    """Make a folder where there is none, for the owner of the one above."""
    with suppress(FileExistsError):
        path.mkdir(mode=mode)
        give_to_folder_owner(path, path.parent)


def make_way(place: Path, made: Path) -> None:
    """Give what was made to the owner of the folder whose place it takes.

    That folder goes if it is empty. Raises OSError if not.
    """
    give_all(made, as_of=place)
    place.rmdir()


def replace(path: Path, content: bytes) -> None:
    """Write a public file so that a reader finds the old one or the new one, whole."""
    _replace(path, content, mode=PUBLIC_MODE, owner=None)


def replace_as_it_was(path: Path, content: bytes) -> None:
    """Write a file that is there, whole, and leave it owner, group and mode."""
    before = path.stat()
    _replace(path, content, mode=before.st_mode & 0o777, owner=(before.st_uid, before.st_gid))


def pem(signed: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    """Return what was signed, as PEM."""
    return signed.public_bytes(serialization.Encoding.PEM)


def key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key as PEM, without a password: what guards it is the file's mode."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate, DER, hex: what a token names its root by."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def read_certificate(path: Path) -> x509.Certificate:
    """Return the first certificate of a file. Raises IdentityError where there is none."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        advice = "name the folder that fusion-service ca init made"
        raise IdentityError(f"{path.parent}: holds no authority: {error}; {advice}") from error


def read_key(path: Path, certificate: x509.Certificate, *, of: Path) -> ec.EllipticCurvePrivateKey:
    """Return the key of a certificate, which was read from `of`.

    Raises IdentityError where it is another, or open to others.
    """
    try:
        if path.stat().st_mode & OTHERS:
            raise IdentityError(f"{path}: others may read this key; run: chmod 600 {path}")
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise IdentityError(
            f"{path.parent}: holds no authority: {error}; name the folder that fusion-service ca "
            "init made"
        ) from error
    if (
        not isinstance(key, ec.EllipticCurvePrivateKey)
        or key.public_key() != certificate.public_key()
    ):
        raise IdentityError(f"{path}: is not the key of {of}; restore both from one backup")
    return key


@contextmanager
def told(where: Path) -> Iterator[None]:
    """Turn what the disk says into an IdentityError that names the folder."""
    try:
        yield
    except OSError as error:
        advice = "name an empty folder that this user may write"
        raise IdentityError(f"{where}: {error.strerror or error}; {advice}") from error


def _replace(path: Path, content: bytes, *, mode: int, owner: tuple[int, int] | None) -> None:
    descriptor, unfinished = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if owner is not None:
                os.fchown(file.fileno(), *owner)
            else:
                give_to_folder_owner(file.fileno(), path.parent)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
    except OSError:
        Path(unfinished).unlink(missing_ok=True)
        raise
