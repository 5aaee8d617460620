# SPDX-License-Identifier: Apache-2.0
"""Bring a signed audit in: judge it, keep it; and read the one that is kept, judged again.

What is kept is the signed file as it came, so that anybody can check it again; what is shown is
read from it each time.
"""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from fusion_service.audits.content import Audit, read_content
from fusion_service.audits.judging import (
    AuditRefusedError,
    Changed,
    Fault,
    Verify,
    believe,
    changes,
    refuse_unfit,
)
from fusion_service.registry.registry import public_key
from fusion_service.store.audit.port import AuditRow, Audits
from fusion_service.store.port import Archive
from fusion_service.store.rows import DeviceRow
from wire_contract.programs.signed_audit import read_audit


@dataclass(frozen=True, slots=True)
class Shown:
    """A kept audit, who signed it, when it was brought in, and what has changed since."""

    audit: Audit
    auditor: str
    imported_ms: int
    changed: tuple[Changed, ...]


def auditors_of(keys: Mapping[str, str]) -> dict[str, Verify]:
    """Prepare the public keys of auditors, base64, by their names."""
    return {name: _verifier(binascii.a2b_base64(key)) for name, key in keys.items()}


def bring_in(
    raw: bytes,
    auditors: Mapping[str, Verify],
    archive: Archive,
    audits: Audits,
    *,
    by: str,
    now_ms: int,
    of: tuple[str, str] | None = None,
) -> Shown:
    """Let a signed audit in. `of`: the box that it has to be of; None for whichever it names.

    Raises AuditRefusedError, and StoreError.
    """
    found = believe(raw, auditors)
    audit = found.audit
    place = audit.site, audit.device
    if of not in {None, place}:
        raise AuditRefusedError(Fault.OTHER_BOX, f"it is of {audit.site}/{audit.device}")
    live = archive.device(*place)
    if live is None:
        raise AuditRefusedError(Fault.STRANGER, f"{audit.site}/{audit.device} is not enrolled here")
    newest = audits.newest(*place)
    refuse_unfit(audit, newest_ms=None if newest is None else newest.began_ms, now_ms=now_ms)
    row = AuditRow(*place, audit.began_ms, now_ms, found.auditor, by, raw)
    if not audits.keep(row):
        raise AuditRefusedError(Fault.OLDER, "another one was brought in meanwhile")
    return Shown(audit, found.auditor, now_ms, changes(audit, live))


def shown(row: AuditRow, live: DeviceRow) -> Shown:
    """Read a kept audit beside its box of today. Raises DecodeError of what is no audit."""
    audit = read_content(read_audit(row.content).payload)
    return Shown(audit, row.auditor, row.imported_ms, changes(audit, live))


def _verifier(raw: bytes) -> Verify:
    from nacl.exceptions import CryptoError  # noqa: PLC0415 - loaded where a key is

    key = public_key(raw)

    def verify(signed: bytes, signature: bytes) -> bool:
        try:
            key.verify(signed, signature)
        except CryptoError:
            return False
        return True

    return verify
