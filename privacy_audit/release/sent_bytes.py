# SPDX-License-Identifier: Apache-2.0
"""What the uplink's user sent by the kernel's count, against what its messages explain."""

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from edge_agent.confinement.tables.policy import Role
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.release.byte_accounting import (
    TcpConnection,
    UserCounter,
    UserTraffic,
    connections,
)
from privacy_audit.target.box import AuditedBox, DeliveredMessage
from privacy_audit.timing import too_slow

PART = "trail"
LOGGED, SIGNED_HEADS, UNSIGNED, FROM_CENTRE = ("report", "meta"), "checkpoint", "state", "ack"
HANDSHAKE_BYTES_MAX = 4_096
"""TLS 1.3 with client certificates, CONNECT and SUBSCRIBE: what of a connection is in no message.
Measured: about 1,500."""
_PUBLISH_BYTES, _RECORD_BYTES, _PUBACK_BYTES, _PING_BYTES, _PING_EVERY_S = 10, 22, 8, 2, 15.0
"""MQTT's bytes around topic and payload; a TLS 1.3 record's around its content; the answers; pings,
and how often at most."""
_HEADERS_BYTES = {2: 20 + 32, 10: 40 + 32}
"""IP and TCP with time stamps, by address family."""
BESIDE_BYTES_MAX = 1_024
_SUBJECT = "the running box, the broker's capture and the centre"


@dataclass(frozen=True, slots=True)
class Sent:
    """What the kernel says of the uplink's user at one moment, and what explains it.

    A value is None where it does not tell.
    """

    connections: tuple[TcpConnection, ...] | None
    user: UserTraffic | None
    explained_bytes: int
    messages: int


def explained_bytes(
    messages: Sequence[DeliveredMessage], own: str, *, seconds: float
) -> tuple[int, int]:
    """Return the bytes that an uplink needs for these messages, and how many it published.

    To publish them, and to answer those it hears.
    """
    total = round(seconds / _PING_EVERY_S + 1) * (_PING_BYTES + _RECORD_BYTES)
    published = 0
    for message in messages:
        if not message.topic.startswith(own):
            continue
        if message.topic == f"{own}{FROM_CENTRE}":
            total += _PUBACK_BYTES + _RECORD_BYTES
        else:
            total += len(message.topic) + len(message.payload) + _PUBLISH_BYTES + _RECORD_BYTES
            published += 1
    return total, published


def open_counter(box: AuditedBox, opened: ExitStack) -> tuple[UserCounter | None, str]:
    """Begin to count what the uplink's user sends; None and why where it cannot be."""
    try:
        return opened.enter_context(UserCounter(_uplink_uid(box))), ""
    except OSError as error:
        return None, str(error)


def sent_so_far(box: AuditedBox, counter: UserCounter | None) -> Sent:
    """Return what the kernel says now, and what explains it."""
    messages = box.capture.messages() if box.capture else ()
    own = f"pc/v1/{box.config.site}/{box.config.device}/"
    seconds = time.monotonic() - messages[0].received_s if messages else 0.0
    explained, published = explained_bytes(messages, own, seconds=seconds)
    try:
        open_now = tuple(connections(box.pids[Role.UPLINK]))
    except (OSError, KeyError):
        open_now = None
    return Sent(open_now, counter.counted() if counter else None, explained, published)


def _uplink_uid(box: AuditedBox) -> int:
    """Return the uplink's user.

    Raises OSError where it has none of its own: its bytes could not be told from others'.
    """
    status = (
        Path(f"/proc/{box.pids[Role.UPLINK]}/status").read_text("ascii")
        if Role.UPLINK in box.pids
        else ""
    )
    uid = next((int(row.split()[1]) for row in status.splitlines() if row.startswith("Uid:")), 0)
    if uid in {0, os.getuid()}:
        raise OSError("the uplink has no user of its own here: run the audit as root")
    return uid


def bytes_of_connection(box: AuditedBox, sent: Sent) -> Finding:
    """Compare what the uplink's one connection carried with what its messages explain."""
    name = "bytes of the connection"
    if sent.connections is None:
        return finding_of(
            name,
            Verdict.UNPROVEN,
            "the kernel does not tell what the uplink's sockets have sent; run the audit as root",
        )
    to_broker = [one for one in sent.connections if one.there[1] == box.config.broker.port]
    if len(to_broker) != len(sent.connections):
        return finding_of(
            name,
            Verdict.FELL,
            f"{len(sent.connections) - len(to_broker)} connections to somewhere else than the "
            "broker",
        )
    if len(to_broker) != 1:
        return finding_of(
            name,
            Verdict.UNPROVEN,
            f"{len(to_broker)} connections to the broker, wanted the one that all was sent over",
        )
    total = to_broker[0].sent_bytes
    left = total - sent.explained_bytes
    detail = (
        f"{total:,} bytes sent since it was opened; {sent.messages} messages with what their "
        f"protocols cost explain {sent.explained_bytes:,}; {max(0, left):,} are left for the "
        f"handshake (at most {HANDSHAKE_BYTES_MAX:,})"
    )
    return finding_of(name, Verdict.PROVEN if left <= HANDSHAKE_BYTES_MAX else Verdict.FELL, detail)


def bytes_of_user(before: Sent, after: Sent, why: str) -> Finding:
    """Compare all that the user sent while we looked with what its broker connection carried."""
    name = "bytes of the uplink's user"
    if before.user is None or after.user is None or not before.connections or not after.connections:
        return finding_of(
            name,
            Verdict.UNPROVEN,
            why or "its connection came or went while we looked; run the audit again",
        )
    one, other = before.connections[0], after.connections[0]
    if one.here != other.here:
        return finding_of(
            name,
            Verdict.UNPROVEN,
            "its connection was opened anew while we looked; run the audit again",
        )
    packets = after.user.packets - before.user.packets
    if not packets:
        return unproven_in_time(name, "nothing was sent while it was counted")
    content = after.user.sent_bytes - before.user.sent_bytes - packets * _HEADERS_BYTES[one.family]
    beside = content - (other.sent_bytes - one.sent_bytes)
    detail = (
        f"nftables counted {packets} packets with {max(0, content):,} bytes of content, "
        f"{other.sent_bytes - one.sent_bytes:,} of them on the connection to the broker; "
        f"{max(0, beside):,} beside it (at most {BESIDE_BYTES_MAX:,}, under way then)"
    )
    return finding_of(name, Verdict.PROVEN if beside <= BESIDE_BYTES_MAX else Verdict.FELL, detail)


def unproven_in_time(name: str, what: str) -> Finding:
    """Return the finding of what time alone has kept from being seen."""
    return too_slow(PART, name, Mechanism.LEDGER_ENTRY, _SUBJECT, what)


def finding_of(name: str, verdict: Verdict, detail: str) -> Finding:
    """Return a finding about what left the box."""
    return Finding(PART, name, Mechanism.LEDGER_ENTRY, _SUBJECT, verdict, detail)
