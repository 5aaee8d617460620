# SPDX-License-Identifier: Apache-2.0
"""What an audit prints, made by the audit's own code, and the key of an auditor."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.report.result import EXIT_CLASSES, AuditResult
from privacy_audit.target.named_config import NamedConfig, Replaced
from tests.fusion_service.box import CONFIG
from wire_contract.programs.signed_audit import seal_audit

BEGAN_MS = 1_799_928_000_000
AUDITOR = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NAMED = NamedConfig(
    path="/etc/people-count/pier-1.toml",
    file_sha256="1" * 64,
    config_sha256=CONFIG,
    site="beach",
    device="pier-1",
    test_site=False,
    network_camera=False,
    window_s=60,
    replaced=(Replaced("camera.source", "/dev/video0", "street.mp4"),),
)
FINDINGS = (
    Finding(
        EXIT_CLASSES,
        "sockets",
        Mechanism.SECCOMP,
        "the sensor",
        Verdict.PROVEN,
        "refused",
        attacks=40,
        refused=40,
        controls=40,
    ),
    Finding("at rest", "memory", Mechanism.PICTURES, "the box", Verdict.UNPROVEN, "without root"),
    Finding(
        "trail", "bytes of the link", Mechanism.LEDGER_ENTRY, "the box", Verdict.UNPROVEN, "busy"
    ),
)
RESULT = AuditResult(
    device="beach/pier-1",
    started=True,
    began_utc="2027-01-14 12:00:00",
    root=True,
    parts=(EXIT_CLASSES, "at rest"),
    whole=True,
    findings=FINDINGS,
    capacity_bits_per_window=71.25,
    window_s=60,
    versions={"edge-agent": "2.0.0", "code": "2" * 64, "model tiny-person": "3" * 64},
    seconds={EXIT_CLASSES: 12.5},
    seconds_in_all=311.75,
    named=NAMED,
)


def printed(result: AuditResult = RESULT, **changes: object) -> bytes:
    """Return what `edge-agent audit --json` prints of a result."""
    changed = replace(result, **changes)  # type: ignore[arg-type]  # of fields by their names
    return json.dumps({"serial": changed.serial, **changed.as_json()}).encode("ascii")


def signed(payload: bytes | None = None, key: Ed25519PrivateKey = AUDITOR) -> bytes:
    """Return the signed file."""
    return seal_audit(printed() if payload is None else payload, key.sign)


def auditor_keys(key: Ed25519PrivateKey = AUDITOR) -> Mapping[str, str]:
    """Return whose signature counts, as fusion.toml says it."""
    raw = key.public_key().public_bytes_raw()
    return {"fg-den-haag": base64.b64encode(raw).decode("ascii")}
