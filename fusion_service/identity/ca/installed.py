# SPDX-License-Identifier: Apache-2.0
"""Renew certificates where they lie: the broker's, the enrolment service's, the centre's.

Rule 1: the key stays, so that one rename changes all: at no moment do key and certificate differ.
Rule 2: only what this authority made, and has not revoked, is renewed. Rule 3: a file keeps owner
and mode.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fusion_service.errors import IdentityError
from fusion_service.identity.ca import files, holders
from fusion_service.identity.ca.authority import Authority
from fusion_service.identity.ca.hand_out import REVOCATION_LIST
from fusion_service.identity.ca.issuers import ROOT_CERTIFICATE
from fusion_service.identity.issued import Kind


@dataclass(frozen=True, slots=True)
class Installed:
    """What became of one file: when its certificate ends now, and what this run wrote.

    changed: this file or one beside it was written.
    """

    path: Path
    name: str
    ends: datetime
    renewed: bool
    changed: bool


def renew_installed(authority_: Authority, path: Path, *, days: int, now: datetime) -> Installed:
    """Renew the certificate of one file if a third of its life or less is left.

    Or where its chain is old.

    Beside a server's certificate, trusted certificates and revocation lists are brought up to date.
    Raises IdentityError where the file holds none of this authority's, or cannot be written.
    """
    issuers = authority_.issuers
    certificate, above = _read_ours(path, authority_)
    holder = _holder(path, certificate)
    due = holders.is_due(certificate, now) or above != issuers.signer(now).certificate
    if due:
        certificate = authority_.reissue(holder, certificate, days=days, now=now)
    wanted = {path: issuers.chain(certificate)}
    if holder.kind is Kind.SERVER:
        lists = (issuers.directory / REVOCATION_LIST).read_bytes()
        beside = {
            path.with_name(ROOT_CERTIFICATE): issuers.trusted(now),
            path.with_name(REVOCATION_LIST): lists,
        }
        # Trust and lists first: the broker may be told to read them at any moment.
        wanted = {name: wish for name, wish in beside.items() if name.exists()} | wanted
    changed = [name for name, wish in wanted.items() if name.read_bytes() != wish]
    try:
        for name in changed:
            files.replace_as_it_was(name, wanted[name])
    except OSError as error:
        raise IdentityError(f"{path}: {error}; run this as a user who may write there") from error
    return Installed(
        path, holder.name, certificate.not_valid_after_utc, renewed=due, changed=bool(changed)
    )


def _read_ours(path: Path, authority_: Authority) -> tuple[x509.Certificate, x509.Certificate]:
    """Return the certificate of a file, and which one of this authority's signed it.

    Raises IdentityError where it is none of its own, or was revoked.
    """
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise IdentityError(
            f"{path}: is no certificate: {error}; name what fusion-service ca server or ca client "
            "wrote"
        ) from error
    above = authority_.issuers.made(certificate)
    if above is None:
        raise IdentityError(
            f"{path}: was not made by {authority_.issuers.directory}; name what fusion-service ca "
            "server or ca client wrote"
        )
    if authority_.is_revoked(certificate):
        raise IdentityError(f"{path}: was revoked; issue another with a new key into a new folder")
    return certificate, above


def _holder(path: Path, certificate: x509.Certificate) -> holders.Holder:
    """Return whose certificate it is, as it was issued. Raises IdentityError for a box's."""
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if ExtendedKeyUsageOID.SERVER_AUTH in usage:
        hosts = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        first, *others = (
            str(each)
            for kind in (x509.DNSName, x509.IPAddress)
            for each in hosts.get_values_for_type(kind)
        )
        return holders.broker(first, others)
    [name] = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if "/" in str(name.value):
        remedy = "fusion-service renew hands boxes theirs over the broker"
        raise IdentityError(f"{path}: is of the box {name.value!s}; {remedy}")
    return holders.client(str(name.value))
