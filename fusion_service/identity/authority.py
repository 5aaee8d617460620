# SPDX-License-Identifier: Apache-2.0
"""The authority's folder: the root's key and certificate, the revocation list, the register; and what it hands out.

Rule 1: a key is written once, mode 0600, and never overwritten. Rule 2: the register knows a certificate before its holder does.
The folder is made whole or not at all.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fusion_service.errors import IdentityError
from fusion_service.identity import names
from fusion_service.identity.certificates import Issuer, Purpose, Revoked, Validity, leaf, revocation_list, root
from fusion_service.identity.register import Entry, Event, Kind, Register

ROOT_DAYS, SERVER_DAYS, CLIENT_DAYS, DEVICE_DAYS = 3650, 90, 90, 30
"""A box hangs in the street, so what it carries is good for the shortest time."""
ROOT_KEY, ROOT_CERTIFICATE, REVOCATION_LIST, REGISTER = "ca.key", "ca.pem", "crl.pem", "register.jsonl"
CURRENT = "current"
"""The folder with each box's newest certificate, which is where its public key is kept. Nothing in it is secret."""
PASSING_MINUTES = 10
"""How long a certificate is good that this program issues to itself for one connection; more than two clocks differ."""
REQUEST_BYTES_MAX = 16_384
REQUEST_ADVICE = (
    "make it with: openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout device.key -subj / -out device.csr"
)
OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Holder:
    """Who gets a certificate: as what, called what, found where, and under which file name."""

    kind: Kind
    name: str
    file_name: str
    hosts: tuple[x509.GeneralName, ...] = ()

    @property
    def purpose(self) -> Purpose:
        """What the certificate allows."""
        return Purpose.SERVER if self.kind is Kind.SERVER else Purpose.CLIENT


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was issued, and which files were written."""

    name: str
    serial: str
    ends: datetime
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Current:
    """A box's newest certificate, and whether it was revoked."""

    site: str
    name: str
    certificate: x509.Certificate
    revoked: bool

    def is_due(self, now: datetime) -> bool:
        """Say whether a third of its life or less is left, and some of it is."""
        begun, ends = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        return not self.revoked and now < ends and 3 * (ends - now) <= ends - begun

    def is_over(self, now: datetime) -> bool:
        """Say whether it has ended: the broker lets nobody in with it, so no renewal can reach the box."""
        return not self.revoked and now >= self.certificate.not_valid_after_utc


def broker(host: str, addresses: Sequence[str]) -> Holder:
    """Return the broker as a holder, found at a host name or address and at further ones."""
    hosts = tuple(dict.fromkeys(names.of_host(each) for each in (host, *addresses)))
    return Holder(Kind.SERVER, names.BROKER, "broker", hosts)


def client(name: str) -> Holder:
    """Return a program of the centre as a holder."""
    return Holder(Kind.CLIENT, names.of_client(name), name)


def device(site: str, name: str) -> Holder:
    """Return a box as a holder."""
    return Holder(Kind.DEVICE, names.of_device(site, name), "device")


def make(directory: Path, *, days: int, now: datetime) -> Path:
    """Make an authority in a folder that is empty or not there yet; return the path of its certificate.

    Raises IdentityError where the folder holds anything: a root's key is never overwritten.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = root(key, serial=x509.random_serial_number(), validity=Validity.of(now=now, days=days))
    first_list = revocation_list(Issuer(certificate, key), (), now=now, before=None)
    with _told(directory):
        directory.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))  # mode 0700
        try:
            _write_new(unfinished / ROOT_KEY, _key_bytes(key), mode=0o600)
            _write_new(unfinished / ROOT_CERTIFICATE, _pem(certificate), mode=0o644)
            _write_new(unfinished / REVOCATION_LIST, _pem(first_list), mode=0o644)
            _write_new(unfinished / REGISTER, b"", mode=0o644)
            unfinished.rename(directory)  # Takes the place of an empty folder, and refuses every other.
        except BaseException:
            shutil.rmtree(unfinished)
            raise
    return directory / ROOT_CERTIFICATE


class Authority:
    """An authority that is there, opened for one command."""

    def __init__(self, directory: Path) -> None:
        """Read the root. Raises IdentityError where a file is missing, open to others or does not belong to the rest."""
        self._directory = directory
        self._register = Register(directory / REGISTER)
        self._issuer = _read_root(directory)

    def issue(self, holder: Holder, *, out: Path, days: int, now: datetime, request: Path | None = None) -> Receipt:
        """Issue a certificate and write it to `out` with what its holder needs beside it; a key too, unless a request names one.

        Raises IdentityError, and has then issued nothing, where `out` holds such files already or the root ends sooner.
        """
        validity = self._validity(now=now, days=days)
        key = ec.generate_private_key(ec.SECP256R1()) if request is None else None
        public_key = key.public_key() if key is not None else _requested_key(request, holder.name)
        self._refuse_used(out, [f"{holder.file_name}.pem", f"{holder.file_name}.key"] if key else [f"{holder.file_name}.pem"])
        certificate = self._leaf(holder, public_key, validity)
        with self._register.hold(), _told(out):
            self._register.entries()  # a register that cannot be read must not grow
            out.mkdir(parents=True, exist_ok=True)
            self._register.add(_entry(holder, certificate, now))
            self._remember(holder, certificate)
            return Receipt(
                holder.name, f"{certificate.serial_number:x}", validity.end, self._hand_out(holder, certificate, key, out)
            )

    def revoke(self, holder: Holder, *, now: datetime) -> int:
        """Put every certificate of a holder that is still good on the list; return how many were new there.

        The list is written anew in any case, so that a command that was cut short is finished by running it again.
        Raises IdentityError where nothing was ever issued to that name.
        """
        with self._register.hold(), _told(self._directory):
            entries = self._register.entries()
            if not any(entry.name == holder.name for entry in entries):
                raise IdentityError(f"{holder.name}: nothing was issued to it by {self._directory}; look in {REGISTER} there")
            revoked = {entry.serial: entry for entry in entries if entry.event is Event.REVOKED}
            new = [
                Entry(Event.REVOKED, int(now.timestamp()), entry.kind, entry.name, entry.serial, entry.ends_s, entry.sha256)
                for entry in entries
                if entry.name == holder.name and entry.serial not in revoked and entry.ends_s > now.timestamp()
            ]
            for entry in new:
                self._register.add(entry)
            self._write_list([*revoked.values(), *new], now)
        return len(new)

    def current(self) -> list[Current]:
        """Return each box's newest certificate, by name; of one from before this release nothing is known."""
        revoked = {entry.serial for entry in self._register.entries() if entry.event is Event.REVOKED}
        found = []
        for path in sorted((self._directory / CURRENT).glob("*.pem")):
            try:
                certificate = x509.load_pem_x509_certificate(path.read_bytes())
            except (OSError, ValueError) as error:
                raise IdentityError(f"{path}: is no certificate: {error}; delete it, and issue that box another") from error
            site, _, name = path.stem.partition(".")
            found.append(Current(site, name, certificate, revoked=f"{certificate.serial_number:x}" in revoked))
        return found

    def renew(self, one: Current, *, days: int, now: datetime) -> x509.Certificate:
        """Issue a box another certificate for the key that it has. Raises IdentityError where the root ends sooner."""
        holder, key = device(one.site, one.name), one.certificate.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise IdentityError(f"{holder.name}: got another kind of key, wanted P-256; issue that box a new certificate")
        certificate = self._leaf(holder, key, self._validity(now=now, days=days))
        with self._register.hold(), _told(self._directory):
            self._register.add(_entry(holder, certificate, now))
            self._remember(holder, certificate)
        return certificate

    @contextmanager
    def passing(self, holder: Holder, *, now: datetime) -> Iterator[tuple[Path, Path]]:
        """Hold a certificate and its key for one connection of this program's own: paths, gone afterwards."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._leaf(holder, key.public_key(), Validity.of(now=now, minutes=PASSING_MINUTES))
        with self._register.hold():
            self._register.add(_entry(holder, certificate, now))
        with tempfile.TemporaryDirectory(prefix="passing-") as name:  # mode 0700
            paths = (Path(name) / "own.pem", Path(name) / "own.key")
            _write_new(paths[0], _pem(certificate), mode=0o600)
            _write_new(paths[1], _key_bytes(key), mode=0o600)
            yield paths

    def _validity(self, *, now: datetime, days: int) -> Validity:
        validity, root_ends = Validity.of(now=now, days=days), self._issuer.certificate.not_valid_after_utc
        if validity.end > root_ends:
            raise IdentityError(
                f"{self._directory}: the root ends on {root_ends:%Y-%m-%d}, before {validity.end:%Y-%m-%d}; ask for fewer days "
                "with --days, or make a new root with fusion-service ca init"
            )
        return validity

    def _leaf(self, holder: Holder, key: ec.EllipticCurvePublicKey, validity: Validity) -> x509.Certificate:
        return leaf(
            self._issuer,
            key,
            common_name=holder.name,
            purpose=holder.purpose,
            hosts=holder.hosts,
            serial=x509.random_serial_number(),
            validity=validity,
        )

    def _remember(self, holder: Holder, certificate: x509.Certificate) -> None:
        """Keep a box's newest certificate, so that it can be renewed for the key that it has."""
        if holder.kind is Kind.DEVICE:
            folder = self._directory / CURRENT
            folder.mkdir(exist_ok=True)
            _replace(folder / f"{holder.name.replace('/', '.')}.pem", _pem(certificate))

    def _write_list(self, revoked: Sequence[Entry], now: datetime) -> None:
        """Write the list; who has expired is refused for that, and left out, so that it does not grow for ever."""
        path = self._directory / REVOCATION_LIST
        try:
            before = x509.load_pem_x509_crl(path.read_bytes())
        except (OSError, ValueError) as error:
            raise IdentityError(f"{path}: is no revocation list: {error}; restore it from its backup") from error
        good = [
            Revoked(int(entry.serial, 16), datetime.fromtimestamp(entry.at_s, UTC))
            for entry in revoked
            if entry.ends_s > now.timestamp()
        ]
        _replace(path, _pem(revocation_list(self._issuer, good, now=now, before=before)))

    def _refuse_used(self, out: Path, file_names: Sequence[str]) -> None:
        there = [name for name in file_names if (out / name).exists()]
        if there:
            raise IdentityError(f"{out}: {', '.join(there)} is there already; name another folder with --out")
        ours, theirs = self._directory / ROOT_CERTIFICATE, out / ROOT_CERTIFICATE
        if theirs.exists() and theirs.read_bytes() != ours.read_bytes():
            raise IdentityError(f"{theirs}: is another authority's, not {ours}; name another folder with --out")

    def _hand_out(
        self, holder: Holder, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey | None, out: Path
    ) -> tuple[Path, ...]:
        files = []
        if key is not None:
            files.append(out / f"{holder.file_name}.key")
            _write_new(files[-1], _key_bytes(key), mode=0o600)
        files.append(out / f"{holder.file_name}.pem")
        _write_new(files[-1], _pem(certificate), mode=0o644)
        for name in (ROOT_CERTIFICATE, REVOCATION_LIST) if holder.kind is Kind.SERVER else (ROOT_CERTIFICATE,):
            files.append(out / name)
            _replace(files[-1], (self._directory / name).read_bytes())
        return tuple(files)


def root_certificate(directory: Path) -> x509.Certificate:
    """Return the certificate of an authority's root. Raises IdentityError where the folder holds none."""
    return _read_root(directory).certificate


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate, DER, hex: what a token names its root by."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _entry(holder: Holder, certificate: x509.Certificate, now: datetime) -> Entry:
    return Entry(
        event=Event.ISSUED,
        at_s=int(now.timestamp()),
        kind=holder.kind,
        name=holder.name,
        serial=f"{certificate.serial_number:x}",
        ends_s=int(certificate.not_valid_after_utc.timestamp()),
        sha256=fingerprint(certificate),
    )


def _read_root(directory: Path) -> Issuer:
    key_path, certificate_path = directory / ROOT_KEY, directory / ROOT_CERTIFICATE
    try:
        if key_path.stat().st_mode & OTHERS:
            raise IdentityError(f"{key_path}: others may read the root's key; run: chmod 600 {key_path}")
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise IdentityError(
            f"{directory}: holds no authority: {error}; name the folder that fusion-service ca init made"
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise IdentityError(f"{key_path}: is not the key of {certificate_path}; restore both from one backup")
    return Issuer(certificate, key)


def _requested_key(request: Path | None, name: str) -> ec.EllipticCurvePublicKey:
    """Return the key of a request that its maker can sign with. The names in it are not taken over, only compared."""
    assert request is not None  # noqa: S101 - asked for only where there is a request
    try:
        with request.open("rb") as file:
            asked = x509.load_pem_x509_csr(file.read(REQUEST_BYTES_MAX))
    except (OSError, ValueError) as error:
        raise IdentityError(f"{request}: is no certificate request in PEM: {error}; {REQUEST_ADVICE}") from error
    key = asked.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise IdentityError(f"{request}: got another kind of key, wanted an elliptic curve key on P-256; {REQUEST_ADVICE}")
    if not asked.is_signature_valid:
        raise IdentityError(f"{request}: is not signed by the key it names, so it may be someone else's; {REQUEST_ADVICE}")
    called = [str(attribute.value) for attribute in asked.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if called not in ([], [name]):
        raise IdentityError(f"{request}: asks for {called[0][:80]!r}, wanted {name!r} or no name; take the request of that box")
    return key


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file that is not there yet, at no moment readable by more than `mode` says."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, content: bytes) -> None:
    """Write a public file so that a reader finds the old one or the new one, whole."""
    descriptor, unfinished = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), 0o644)
        os.fsync(file.fileno())
    Path(unfinished).replace(path)


def _pem(signed: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    return signed.public_bytes(serialization.Encoding.PEM)


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form)


@contextmanager
def _told(where: Path) -> Iterator[None]:
    """Turn what the disk says into an IdentityError that names the folder."""
    try:
        yield
    except OSError as error:
        raise IdentityError(f"{where}: {error.strerror or error}; name an empty folder that this user may write") from error
