# SPDX-License-Identifier: Apache-2.0
"""Who signs: the root, whose key is put away, and issuing certificates of a year that it made.

Rule 1: once there is an issuing certificate, the root signs no holder's certificate any more.
Rule 2: an issuing certificate is trusted and its list kept until its end, also after the next one.
A root of before (path length 0) may sign no authority of another name. Its issuing certificate has
the root's own name and a key of its own: RFC 5280, section 6.1.4 (l), does not count such a one.
So boxes that trust an old root take the chain as they are.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from fusion_service.errors import IdentityError
from fusion_service.identity.ca import files
from fusion_service.identity.ca.certificates import Issuer, Validity, issuing

ROOT_KEY, ROOT_CERTIFICATE = "ca.key", "ca.pem"
ISSUING = "issuing"
"""The folder with each issuing certificate and its key, named by serial number."""
AGAIN = "bring the root's key and run: fusion-service ca issuing"


@dataclass(frozen=True, slots=True)
class Issuers:
    """All that may sign, as one command found it in a folder; `issuing` has the newest first."""

    directory: Path
    root: x509.Certificate
    root_key: ec.EllipticCurvePrivateKey | None
    issuing: tuple[Issuer, ...]

    @classmethod
    def read(cls, directory: Path) -> "Issuers":
        """Read a folder.

        Raises IdentityError where a file is missing, open to others or does not belong to the rest.
        """
        root = files.read_certificate(directory / ROOT_CERTIFICATE)
        key_path = directory / ROOT_KEY
        found = [_read_issuing(path) for path in sorted((directory / ISSUING).glob("*.pem"))]
        # Without any issuing certificate the root signs by itself, as it did before there were any.
        is_here = key_path.exists() or not found
        key = files.read_key(key_path, root, of=directory / ROOT_CERTIFICATE) if is_here else None
        found.sort(key=lambda one: one.certificate.not_valid_before_utc, reverse=True)
        return cls(directory, root, key, tuple(found))

    def signer(self, now: datetime) -> Issuer:
        """Return who signs now, the newest issuing certificate.

        Raises IdentityError where all are over.
        """
        for one in self.issuing:
            if now < one.certificate.not_valid_after_utc:
                return one
        if self.issuing or self.root_key is None:
            over = f"{self.issuing[0].certificate.not_valid_after_utc:%Y-%m-%d}"
            raise IdentityError(
                f"{self.directory}: its issuing certificate ended on {over}; {AGAIN}"
            )
        return Issuer(self.root, self.root_key)

    def good(self, now: datetime) -> tuple[Issuer, ...]:
        """Return the issuing certificates that are not over."""
        return tuple(one for one in self.issuing if now < one.certificate.not_valid_after_utc)

    def trusted(self, now: datetime) -> bytes:
        """Return what a broker trusts, PEM: the root, and what boxes do not send along."""
        return b"".join(map(files.pem, (self.root, *(one.certificate for one in self.good(now)))))

    def made(self, certificate: x509.Certificate) -> x509.Certificate | None:
        """Return who signed a certificate; None where it was none of these."""
        for one in (*(each.certificate for each in self.issuing), self.root):
            try:
                certificate.verify_directly_issued_by(one)
            except (ValueError, TypeError, InvalidSignature):
                continue
            return one
        return None

    def chain(self, certificate: x509.Certificate) -> bytes:
        """Return a certificate and the issuing one above it, PEM: what a server shows."""
        above = self.made(certificate)
        return files.pem(certificate) + (
            files.pem(above) if above not in (None, self.root) else b""
        )


def make_issuing(root: Issuer, *, days: int, now: datetime) -> Issuer:
    """Make an issuing certificate and its key, in memory; it ends with the root at the latest."""
    key, serial = ec.generate_private_key(ec.SECP256R1()), x509.random_serial_number()
    asked = Validity.of(now=now, days=days)
    validity = Validity(asked.start, min(asked.end, root.certificate.not_valid_after_utc))
    return Issuer(issuing(root, key.public_key(), serial=serial, validity=validity), key)


def keep_issuing(directory: Path, one: Issuer) -> None:
    """Write an issuing certificate and its key into a folder; it signs from then on."""
    folder, name = directory / ISSUING, f"{one.certificate.serial_number:x}"
    files.make_folder(folder, mode=0o700)
    # The key first: a certificate without its key would stop every command.
    files.write_new(folder / f"{name}.key", files.key_bytes(one.key), mode=0o600)
    files.write_new(folder / f"{name}.pem", files.pem(one.certificate), mode=files.PUBLIC_MODE)


def drop_issuing(directory: Path, one: Issuer) -> None:
    """Delete an issuing certificate and its key: what it signed is trusted no longer."""
    for suffix in ("pem", "key"):
        (directory / ISSUING / f"{one.certificate.serial_number:x}.{suffix}").unlink()


def _read_issuing(path: Path) -> Issuer:
    certificate = files.read_certificate(path)
    return Issuer(certificate, files.read_key(path.with_suffix(".key"), certificate, of=path))
