# SPDX-License-Identifier: Apache-2.0
"""Write what a holder needs into a folder that holds nothing of the kind."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from fusion_service.errors import IdentityError
from fusion_service.identity.ca import files
from fusion_service.identity.ca.holders import Holder
from fusion_service.identity.ca.issuers import ROOT_CERTIFICATE, Issuers
from fusion_service.identity.issued import Kind

REVOCATION_LIST = "crl.pem"


def refuse_used(
    directory: Path, root: x509.Certificate, out: Path, file_names: Sequence[str]
) -> None:
    """Raise IdentityError where a folder holds such files, or another authority's root."""
    there = [name for name in file_names if (out / name).exists()]
    if there:
        raise IdentityError(
            f"{out}: {', '.join(there)} is there already; name another folder with --out"
        )
    theirs = out / ROOT_CERTIFICATE
    if theirs.exists() and not theirs.read_bytes().startswith(files.pem(root)):
        ours = directory / ROOT_CERTIFICATE
        raise IdentityError(
            f"{theirs}: is another authority's, not {ours}; name another folder with --out"
        )


def hand_out(
    directory: Path,
    issuers: Issuers,
    holder: Holder,
    certificate: x509.Certificate,
    key: ec.EllipticCurvePrivateKey | None,
    out: Path,
    *,
    now: datetime,
) -> tuple[Path, ...]:
    """Write what a holder needs.

    A server and a program show the chain; a box shows its own, as after a renewal.
    """
    written, is_server = [], holder.kind is Kind.SERVER
    if key is not None:
        written.append(out / f"{holder.file_name}.key")
        files.write_new(written[-1], files.key_bytes(key), mode=0o600)
    shown = files.pem(certificate) if holder.kind is Kind.DEVICE else issuers.chain(certificate)
    beside = {ROOT_CERTIFICATE: issuers.trusted(now) if is_server else files.pem(issuers.root)}
    if is_server:
        beside[REVOCATION_LIST] = (directory / REVOCATION_LIST).read_bytes()
    written.append(out / f"{holder.file_name}.pem")
    files.write_new(written[-1], shown, mode=0o644)
    for name, content in beside.items():
        written.append(out / name)
        files.replace(written[-1], content)
    return tuple(written)
