# SPDX-License-Identifier: Apache-2.0
"""Whether a signed audit is let in, and what of it no longer holds. Pure.

Rule 1: a signature says who vouches for a file, never that a box is well; what fell is shown like
what held. Rule 2: an audit is of one box, software, config and model: where one of them is another
by now, the audit is shown with that, and proves nothing of today. Rule 3: nothing older than what
is there is let in, so that no bad audit is covered by an earlier good one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from fusion_service.audits.content import Audit, NoStreetError, read_content
from fusion_service.registry.history import DeviceEvent
from fusion_service.store.rows import DeviceRow
from wire_contract.errors import DecodeError
from wire_contract.programs.signed_audit import SignedAudit, read_audit

AHEAD_MS = 86_400_000
"""A machine's clock may be a time zone off; more is a date that has not come."""
Verify = Callable[[bytes, bytes], bool]


class Fault(StrEnum):
    """Why an audit is not let in."""

    UNREADABLE = "unreadable"
    NO_AUDITOR = "no auditor is named"
    SIGNER = "signed by no auditor"
    NOT_TO_SIGN = "not an audit to sign"
    OTHER_BOX = "of another box"
    STRANGER = "of a box that is not here"
    OLDER = "older than the one that is there"
    AHEAD = "of a day that has not come"


class Changed(StrEnum):
    """What of a box is not what was audited."""

    SOFTWARE = "software"
    CONFIG = "config"
    MODEL = "model"
    BOX = "box"
    LEVEL = "level"


class AuditRefusedError(Exception):
    """An audit is not let in: why, and what was found."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Believed:
    """An audit whose signature holds, and whose it is."""

    audit: Audit
    auditor: str


def believe(raw: bytes, auditors: Mapping[str, Verify]) -> Believed:
    """Read a signed file and find who signed it. Raises AuditRefusedError."""
    try:
        sealed = read_audit(raw)
    except DecodeError as error:
        raise AuditRefusedError(Fault.UNREADABLE, str(error)) from error
    auditor = _signer(sealed, auditors)
    try:
        return Believed(read_content(sealed.payload), auditor)
    except NoStreetError as error:
        raise AuditRefusedError(Fault.NOT_TO_SIGN, str(error)) from error
    except DecodeError as error:
        raise AuditRefusedError(Fault.UNREADABLE, str(error)) from error


def refuse_unfit(audit: Audit, *, newest_ms: int | None, now_ms: int) -> None:
    """Raise AuditRefusedError where an audit is not newer than the one that is there, or too new.

    newest_ms: when the one that is there began; None where none is.
    """
    if audit.began_ms > now_ms + AHEAD_MS:
        raise AuditRefusedError(Fault.AHEAD, "look at the clock of the machine that was audited")
    if newest_ms is not None and audit.began_ms <= newest_ms:
        raise AuditRefusedError(Fault.OLDER, "bring in one that was done later")


def changes(audit: Audit, live: DeviceRow) -> tuple[Changed, ...]:
    """Return what of a box is not what was audited, as it says and as its history says.

    Nothing of a box that has not spoken yet.
    """
    found = []
    if any(
        one.event is DeviceEvent.REPLACED and one.at_ms > audit.began_ms for one in live.history
    ):
        found.append(Changed.BOX)
    meta = live.meta
    if meta is None:
        return tuple(found)
    config = meta.config if live.last_window is None else live.last_window.config_sha256
    pairs = (
        (Changed.SOFTWARE, audit.software, str(meta.software)),
        (Changed.CONFIG, audit.config, config),
        (Changed.MODEL, audit.model, meta.model_sha256),
    )
    found += [what for what, audited, now in pairs if audited not in {"", now}]
    # A level that the audit did not measure, as without root, is no change.
    if audit.running and audit.level not in {None, live.level}:
        found.append(Changed.LEVEL)
    return tuple(found)


def _signer(sealed: SignedAudit, auditors: Mapping[str, Verify]) -> str:
    if not auditors:
        raise AuditRefusedError(
            Fault.NO_AUDITOR, "name one in fusion.toml, [officer.auditors], with their public key"
        )
    for name, verify in auditors.items():
        if verify(sealed.signed, sealed.signature):
            return name
    raise AuditRefusedError(
        Fault.SIGNER, f"wanted the signature of one of: {', '.join(sorted(auditors))}"
    )
