# SPDX-License-Identifier: Apache-2.0
"""Findings and results as an audit would have them, for whatever only shows them."""

from dataclasses import replace

from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.report.result import AuditResult
from privacy_audit.target.named_config import NamedConfig, Replaced

SOCKETS = Finding(
    "exit classes",
    "sockets",
    Mechanism.SECCOMP,
    "a twin",
    Verdict.TWIN,
    "41 families, none opened",
    41,
    41,
    12,
)
USER = Finding(
    "processes",
    "sensor: user",
    Mechanism.UID,
    "the running production process",
    Verdict.PROVEN,
    "user 65101",
)
FEEDER = Finding(
    "processes",
    "feeder: user",
    Mechanism.UID,
    "the running production process",
    Verdict.PROVEN,
    "user 65104",
)
SWAP = Finding(
    "pictures at rest",
    "swap",
    Mechanism.PICTURES,
    "this machine",
    Verdict.UNPROVEN,
    "no swap <here> to search",
)
RULES = Finding(
    "broker rights",
    "speaking for another box",
    Mechanism.ACL,
    "a broker",
    Verdict.FELL,
    "3 of 36 were heard",
    36,
    33,
    8,
)
LEDGER = Finding(
    "ledger",
    "broker and ledger",
    Mechanism.LEDGER_ENTRY,
    "the running box",
    Verdict.PROVEN,
    "34 of 34",
)


def result(*findings: Finding) -> AuditResult:
    """An audit that found this."""
    return replace(
        RESULT, findings=findings, parts=tuple(dict.fromkeys(finding.part for finding in findings))
    )


NAMED = NamedConfig(
    path="/etc/people-count/pier-1.toml",
    file_sha256="cd" * 32,
    config_sha256="ef" * 32,
    site="beach",
    device="pier-1",
    test_site=False,
    network_camera=False,
    window_s=60,
    replaced=(Replaced("camera.source", "v4l2", "file"), Replaced("broker.port", "8883", "40123")),
)
RESULT = AuditResult(
    device="beach/pier-1",
    started=True,
    began_utc="2026-11-24 09:00:00",
    root=True,
    parts=(),
    whole=True,
    findings=(),
    capacity_bits_per_window=55.6,
    window_s=60,
    versions={"kernel": "Linux 6.12", "code": "ab" * 32},
    seconds={"processes": 1.0},
    seconds_in_all=93.4,
    programs=1.5,
    named=NAMED,
)
