# SPDX-License-Identifier: Apache-2.0
"""The authority's folder: the root's certificate, who issues, the revocation lists, the register.

And what it hands out.

Rule 1: the register knows a certificate before its holder does. Rule 2: the root's key is needed to
make an issuing certificate, and to revoke what the root signed itself; everything else goes
without. The folder is made whole or not at all.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from fusion_service.errors import IdentityError
from fusion_service.identity.ca import files, holders, requests, revocation
from fusion_service.identity.ca.certificates import Issuer, Revoked, Validity, root
from fusion_service.identity.ca.entries import certify, entry_of, is_root, issuing_entry
from fusion_service.identity.ca.hand_out import REVOCATION_LIST, hand_out, refuse_used
from fusion_service.identity.ca.holders import Current, Holder, Receipt
from fusion_service.identity.ca.issuers import (
    ROOT_CERTIFICATE,
    ROOT_KEY,
    Issuers,
    drop_issuing,
    keep_issuing,
    make_issuing,
)
from fusion_service.identity.issued import Kind, Register, RegisterEvent, RegisterLine
from fusion_service.identity.lifetimes import ISSUING_DAYS

REGISTER = "register.jsonl"
CURRENT = "current"
"""The folder with each box's newest certificate, which is where its public key is kept. Nothing in
it is secret."""
PASSING_MINUTES = 10
"""How long a certificate is good that this program issues to itself for one connection; more than
two clocks differ."""


def make(directory: Path, *, days: int, now: datetime, root_folder: Path | None = None) -> Path:
    """Make an authority in a folder that is empty or not there yet.

    Return the path of its certificate.

    The root's key goes into `root_folder`, which is to be taken away; without one it lies beside
    the rest. Raises IdentityError where a folder holds anything: a root's key is never overwritten.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = root(
        key, serial=x509.random_serial_number(), validity=Validity.of(now=now, days=days)
    )
    with files.told(directory):
        directory.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(
            tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent)
        )  # mode 0700
        try:
            files.write_new(unfinished / ROOT_KEY, files.key_bytes(key), mode=0o600)
            files.write_new(unfinished / ROOT_CERTIFICATE, files.pem(certificate), mode=0o644)
            files.write_new(unfinished / REGISTER, b"", mode=0o644)
            first = make_issuing(Issuer(certificate, key), days=ISSUING_DAYS, now=now)
            Register(unfinished / REGISTER).append(issuing_entry(first.certificate, now))
            keep_issuing(unfinished, first)
            revocation.write(unfinished / REVOCATION_LIST, Issuers.read(unfinished), {}, now=now)
            if directory.exists():
                files.make_way(directory, unfinished)
            if root_folder is not None:
                _put_away(unfinished / ROOT_KEY, certificate, root_folder)
            unfinished.rename(directory)
        except BaseException:
            shutil.rmtree(unfinished)
            raise
    return directory / ROOT_CERTIFICATE


def _put_away(key: Path, certificate: x509.Certificate, folder: Path) -> None:
    """Move the root's key into a folder of its own, before anything else exists that needs it."""
    with files.told(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.write_new(folder / ROOT_KEY, key.read_bytes(), mode=0o600)
        files.write_new(folder / ROOT_CERTIFICATE, files.pem(certificate), mode=0o644)
        key.unlink()


class Authority:
    """An authority that is there, opened for one command."""

    def __init__(self, directory: Path) -> None:
        """Read who may sign.

        Raises IdentityError where a file is missing, open to others or does not belong to the rest.
        """
        self._directory = directory
        self._register = Register(directory / REGISTER)
        self._issuers = Issuers.read(directory)

    @property
    def issuers(self) -> Issuers:
        """Who may sign."""
        return self._issuers

    def add_issuing(
        self, *, days: int, now: datetime, root_folder: Path | None = None, withdraw: bool = False
    ) -> Issuer:
        """Make another issuing certificate; from now on it signs.

        Needs the root's key, here or in `root_folder`.

        withdraw: those of before were stolen, so nothing that they signed is trusted any longer.
        """
        root_ = self._root_issuer(root_folder)
        with self._register.hold(), files.told(self._directory):
            revoked = [
                entry for entry in self._register.entries() if entry.event is RegisterEvent.REVOKED
            ]
            made = make_issuing(root_, days=days, now=now)
            self._register.append(issuing_entry(made.certificate, now))
            keep_issuing(self._directory, made)
            for one in self._issuers.issuing if withdraw else ():
                revoked.append(
                    replace(issuing_entry(one.certificate, now), event=RegisterEvent.REVOKED)
                )
                self._register.append(revoked[-1])
                drop_issuing(self._directory, one)
            self._issuers = replace(Issuers.read(self._directory), root_key=root_.key)
            self._write_lists(revoked, now)
        return made

    def _root_issuer(self, folder: Path | None) -> Issuer:
        """Return the root with its key.

        Raises IdentityError where that is elsewhere, or another's.
        """
        key = self._issuers.root_key
        if folder is not None:
            ours = self._directory / ROOT_CERTIFICATE
            key = files.read_key(folder / ROOT_KEY, self._issuers.root, of=ours)
        if key is None:
            raise IdentityError(
                f"{self._directory}: the root's key is not here; name its folder with --root"
            )
        return Issuer(self._issuers.root, key)

    def issue(
        self, holder: Holder, *, out: Path, days: int, now: datetime, request: Path | None = None
    ) -> Receipt:
        """Issue a certificate and write it to `out` with what its holder needs beside it.

        A key too, unless a request names one.

        Raises IdentityError, and has then issued nothing, where `out` holds such files already or
        the root ends sooner.
        """
        validity = self._validity(now=now, days=days)
        issuer = self._issuers.signer(now)
        key = ec.generate_private_key(ec.SECP256R1()) if request is None else None
        public_key = (
            key.public_key() if key is not None else requests.requested_key(request, holder.name)
        )
        refuse_used(
            self._directory,
            self._issuers.root,
            out,
            [f"{holder.file_name}.pem", f"{holder.file_name}.key"]
            if key
            else [f"{holder.file_name}.pem"],
        )
        certificate = certify(issuer, holder, public_key, validity)
        with self._register.hold(), files.told(out):
            self._register.entries()  # a register that cannot be read must not grow
            out.mkdir(parents=True, exist_ok=True)
            self._register.append(entry_of(holder, certificate, issuer, now))
            self._remember(holder, certificate)
            written = hand_out(
                self._directory, self._issuers, holder, certificate, key, out, now=now
            )
            return Receipt(holder.name, f"{certificate.serial_number:x}", validity.end, written)

    def revoke(self, holder: Holder, *, now: datetime) -> int:
        """Put every certificate of a holder that is still good on the list.

        Return how many were new there.

        The list is written anew in any case, so that a command that was cut short is finished by
        running it again. Raises IdentityError where nothing was ever issued to that name, and, once
        the others are on their lists, where the root signed one and its key is away.
        """
        with self._register.hold(), files.told(self._directory):
            entries = self._register.entries()
            if not any(entry.name == holder.name for entry in entries):
                raise IdentityError(
                    f"{holder.name}: nothing was issued to it by {self._directory}; look in "
                    f"{REGISTER} there"
                )
            revoked = {
                entry.serial: entry for entry in entries if entry.event is RegisterEvent.REVOKED
            }
            new = [
                replace(entry, event=RegisterEvent.REVOKED, at_s=int(now.timestamp()))
                for entry in entries
                if entry.name == holder.name
                and entry.serial not in revoked
                and entry.ends_s > now.timestamp()
            ]
            for entry in new:
                self._register.append(entry)
            missing = self._write_lists([*revoked.values(), *new], now)
        if late := [entry for entry in missing if entry.name == holder.name]:
            until = datetime.fromtimestamp(max(entry.ends_s for entry in late), UTC)
            raise IdentityError(
                f"{holder.name}: {len(late)} of its certificates were signed by the root, whose "
                f"key is not here: copy {ROOT_KEY} into {self._directory}, run this again and take "
                f"it away; until then they are good, to {until:%Y-%m-%d}"
            )
        return len(new)

    def current(self) -> list[Current]:
        """Return each box's newest certificate, by name.

        Of one from before this release nothing is known.
        """
        revoked = {
            entry.serial
            for entry in self._register.entries()
            if entry.event is RegisterEvent.REVOKED
        }
        found = []
        for path in sorted((self._directory / CURRENT).glob("*.pem")):
            try:
                certificate = x509.load_pem_x509_certificate(path.read_bytes())
            except (OSError, ValueError) as error:
                raise IdentityError(
                    f"{path}: is no certificate: {error}; delete it, and issue that box another"
                ) from error
            site, _, name = path.stem.partition(".")
            by_root = (
                bool(self._issuers.issuing)
                and self._issuers.made(certificate) == self._issuers.root
            )
            is_revoked = f"{certificate.serial_number:x}" in revoked
            found.append(Current(site, name, certificate, revoked=is_revoked, by_root=by_root))
        return found

    def renew(self, one: Current, *, days: int, now: datetime) -> x509.Certificate:
        """Issue a box another certificate for the key that it has.

        Raises IdentityError where nobody can sign.
        """
        return self.reissue(holders.device(one.site, one.name), one.certificate, days=days, now=now)

    def reissue(
        self, holder: Holder, before: x509.Certificate, *, days: int, now: datetime
    ) -> x509.Certificate:
        """Issue a certificate for the key of the one before.

        It ends with its issuer at the latest.
        """
        key, issuer = before.public_key(), self._issuers.signer(now)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise IdentityError(
                f"{holder.name}: got another kind of key, wanted P-256; issue it a new certificate"
            )
        asked = Validity.of(now=now, days=days)
        validity = Validity(asked.start, min(asked.end, issuer.certificate.not_valid_after_utc))
        certificate = certify(issuer, holder, key, validity)
        with self._register.hold(), files.told(self._directory):
            self._register.append(entry_of(holder, certificate, issuer, now))
            self._remember(holder, certificate)
        return certificate

    def is_revoked(self, certificate: x509.Certificate) -> bool:
        """Say whether a certificate is on the register as revoked."""
        serial = f"{certificate.serial_number:x}"
        return any(
            entry.event is RegisterEvent.REVOKED and entry.serial == serial
            for entry in self._register.entries()
        )

    @contextmanager
    def passing(self, holder: Holder, *, now: datetime) -> Iterator[tuple[Path, Path]]:
        """Hold a certificate and its key for one connection of this program's own.

        Paths, gone afterwards.

        The issuing certificate is not beside it, as it is not beside a box's: a broker that does
        not know it refuses this program before any box is handed something with which it would be
        refused.
        """
        key, issuer = ec.generate_private_key(ec.SECP256R1()), self._issuers.signer(now)
        certificate = certify(
            issuer, holder, key.public_key(), Validity.of(now=now, minutes=PASSING_MINUTES)
        )
        with self._register.hold():
            self._register.append(entry_of(holder, certificate, issuer, now))
        with tempfile.TemporaryDirectory(prefix="passing-") as name:  # mode 0700
            paths = (Path(name) / "own.pem", Path(name) / "own.key")
            files.write_new(paths[0], files.pem(certificate), mode=0o600)
            files.write_new(paths[1], files.key_bytes(key), mode=0o600)
            yield paths

    def sign_once(
        self, holder: Holder, *, days: int, now: datetime
    ) -> tuple[Issuer, x509.Certificate | None]:
        """Return a certificate whose key is in memory alone, and the issuing one above it.

        None under a root that signs itself.

        What is signed with it outlives the key: nobody can sign anything more in its name. It ends
        with its issuer at the latest.
        """
        key, issuer = ec.generate_private_key(ec.SECP256R1()), self._issuers.signer(now)
        asked = Validity.of(now=now, days=days)
        validity = Validity(asked.start, min(asked.end, issuer.certificate.not_valid_after_utc))
        certificate = certify(issuer, holder, key.public_key(), validity)
        with self._register.hold(), files.told(self._directory):
            self._register.append(entry_of(holder, certificate, issuer, now))
        return Issuer(certificate, key), None if is_root(issuer.certificate) else issuer.certificate

    def _validity(self, *, now: datetime, days: int) -> Validity:
        validity, signer = Validity.of(now=now, days=days), self._issuers.signer(now).certificate
        ends = signer.not_valid_after_utc
        if validity.end > ends:
            who, remedy = "the root", "make a new root with fusion-service ca init"
            if ends < self._issuers.root.not_valid_after_utc:
                who, remedy = (
                    "its issuing certificate",
                    "make another with fusion-service ca issuing",
                )
            raise IdentityError(
                f"{self._directory}: {who} ends on {ends:%Y-%m-%d}, before "
                f"{validity.end:%Y-%m-%d}; ask for fewer days with --days, or {remedy}"
            )
        return validity

    def _remember(self, holder: Holder, certificate: x509.Certificate) -> None:
        """Keep a box's newest certificate, so that it can be renewed for the key that it has."""
        if holder.kind is Kind.DEVICE:
            folder = self._directory / CURRENT
            files.make_folder(folder, mode=0o755)
            files.replace(folder / f"{holder.name.replace('/', '.')}.pem", files.pem(certificate))

    def _write_lists(self, revoked: Sequence[RegisterLine], now: datetime) -> list[RegisterLine]:
        """Write the lists; return what belongs on the root's and is not there.

        Its key is away then.

        Who has expired is refused for that, and left out, so that a list does not grow for ever.
        """
        path, by_issuer = self._directory / REVOCATION_LIST, dict[revocation.Key, list[Revoked]]()
        root_key = revocation.key_of(self._issuers.root)
        good = [entry for entry in revoked if entry.ends_s > now.timestamp()]
        for entry in good:
            issuer = bytes.fromhex(entry.issuer) or root_key
            one = Revoked(int(entry.serial, 16), datetime.fromtimestamp(entry.at_s, UTC))
            by_issuer.setdefault(issuer, []).append(one)
        revocation.write(path, self._issuers, by_issuer, now=now)
        listed = {f"{each.serial_number:x}" for each in revocation.read(path)[root_key]}
        return [entry for entry in good if not entry.issuer and entry.serial not in listed]


def root_certificate(directory: Path) -> x509.Certificate:
    """Return the certificate of an authority's root.

    Raises IdentityError where the folder holds none.
    """
    return Issuers.read(directory).root
