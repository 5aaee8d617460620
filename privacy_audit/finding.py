# SPDX-License-Identifier: Apache-2.0
"""What a part of the audit says.

A finding has a subject, a verdict, and the mechanism that would have to be mended.
"""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How sure a finding is, best first."""

    PROVEN = "proven"
    TWIN = "proven on a twin only"
    LIMIT = "limit"
    UNPROVEN = "unproven"
    FELL = "fell"


class Mechanism(StrEnum):
    """What holds the wall; a finding that fell names the one that did not."""

    SECCOMP = "seccomp"
    TSYNC = "TSYNC"
    UID = "uid"
    NAMESPACES = "namespaces"
    MOUNT_VIEW = "mount view"
    DUMPABLE = "dumpable"
    RLIMITS = "rlimits"
    DESCRIPTORS = "descriptors"
    FIREWALL = "firewall"
    GATE_SCHEMA = "gate schema"
    NOISE_KEY = "noise key"
    LEDGER_ENTRY = "ledger entry"
    ACL = "ACL"
    CAP = "cap"
    PICTURES = "pictures at rest"
    TELEMETRY = "telemetry"
    OWN_KEYS = "keys of its own"
    SIGNATURES = "signatures at the centre"
    CERTIFICATES = "the broker's certificate"
    OTHER_FIELDS = "fields outside the rule"
    EXACT_COUNTS = "exact counts at rest"
    STATED = "what the box says of itself"
    SUPERVISOR = "supervisor"
    BEFORE_GO = "measured before it begins"
    MASKS = "masks"
    MQTT_BYTES = "bytes of MQTT"
    SHARED_OBJECTS = "shared objects"
    PROCESS_VIEW = "process view"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result.

    part: which part of the audit ("exit classes", "system calls", ...). name: what was looked at,
    as in "sockets". subject: the running production process, a twin of it, a program run beside it.
    detail: figures, or the reason where unproven. attacks were tried, refused of them did nothing
    that an outside witness saw, controls of them did succeed without the wall. timed: time alone
    has kept it from being seen; only timing.too_slow says so, and only of what is unproven.
    """

    part: str
    name: str
    mechanism: Mechanism
    subject: str
    verdict: Verdict
    detail: str
    attacks: int = 0
    refused: int = 0
    controls: int = 0
    timed: bool = False
