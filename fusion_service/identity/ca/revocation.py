# SPDX-License-Identifier: Apache-2.0
"""The revocation lists of all issuers, in one file: a broker goes by the list of whoever signed.

Rule: a list is written anew where its issuer's key is here, and stays as it was where it is away.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509

from fusion_service.errors import IdentityError
from fusion_service.identity.ca import files
from fusion_service.identity.ca.certificates import Issuer, Revoked, revocation_list
from fusion_service.identity.ca.issuers import Issuers

BEGIN = b"-----BEGIN X509 CRL-----"

Key = bytes
"""The identifier of an issuer's key: under an old root issuers share a name."""


def key_of(certificate: x509.Certificate) -> Key:
    """Return what an issuer's lists and certificates know it by."""
    return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def read(path: Path) -> dict[Key, x509.CertificateRevocationList]:
    """Return the lists of a file by issuer. Raises IdentityError where it holds none."""
    try:
        blocks = path.read_bytes().split(BEGIN)[1:]
        lists = [x509.load_pem_x509_crl(BEGIN + block) for block in blocks]
        found = {_issuer_of(one): one for one in lists}
    except (OSError, ValueError, x509.ExtensionNotFound) as error:
        raise IdentityError(
            f"{path}: is no revocation list: {error}; restore it from its backup"
        ) from error
    if not found:
        raise IdentityError(f"{path}: is no revocation list; restore it from its backup")
    return found


def write(
    path: Path, issuers: Issuers, revoked: Mapping[Key, Sequence[Revoked]], *, now: datetime
) -> None:
    """Write the lists of the root and of all issuing certificates that are not over."""
    before = read(path) if path.exists() else {}
    kept: list[x509.CertificateRevocationList] = []
    root = key_of(issuers.root)
    if issuers.root_key is not None:
        signer = Issuer(issuers.root, issuers.root_key)
        kept.append(
            revocation_list(signer, revoked.get(root, ()), now=now, before=before.get(root))
        )
    elif root in before:
        kept.append(before[root])
    else:
        raise IdentityError(
            f"{path}: has no list of the root, whose key is away; restore it from its backup"
        )
    for one in issuers.good(now):
        key = key_of(one.certificate)
        kept.append(revocation_list(one, revoked.get(key, ()), now=now, before=before.get(key)))
    files.replace(path, b"".join(map(files.pem, kept)))


def _issuer_of(listed: x509.CertificateRevocationList) -> Key:
    identifier = listed.extensions.get_extension_for_class(
        x509.AuthorityKeyIdentifier
    ).value.key_identifier
    if identifier is None:
        raise ValueError("a list names no issuer's key")
    return identifier
