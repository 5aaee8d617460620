# SPDX-License-Identifier: Apache-2.0
"""What each role may say and hear at the broker, by what is delivered.

It is held against a table in the audit's own words.

Every role that the shipped access list names, a box, and a program that it does not name, publish
on every kind of topic and listen to all of them. A witness whom a copy of the list lets say and
hear everything notes what came through. A role that the list names and the table does not know is a
finding of its own: nobody has said what it may.
"""

import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge_agent.config.paths import broker_directory
from privacy_audit.broker.peer import BrokerPeer, say_once
from privacy_audit.target.broker import AuditBroker, Identities, access, tls

WITNESS = "audit-witness"
WITNESS_MAY = f"\nuser {WITNESS}\ntopic readwrite #\ntopic read $SYS/#\n"
BOX, OTHER_BOX, STRANGER = "roles/box", "roles/other", "somebody"
_CHANNELS = ("report", "meta", "state", "checkpoint", "ack", "certificate")
_OWN, _OTHER = "pc/v1/roles/box", "pc/v1/roles/other"
CENTRE_STATE = "pc/v1/fusion/state"
TOPICS = (
    *(f"{place}/{channel}" for place in (_OWN, _OTHER) for channel in _CHANNELS),
    CENTRE_STATE,
    "pc/v1/roles/report",
    "pc/v1/roles/box/report/more",
    "pc/v1/somebody/report",
    "pc/v1/fusion/report",
    "pc/v1/fusion/ack",
    "pc/v1/renewal/report",
    "pc/v1/monitor/report",
    "pc/v1/devices/report",
    "pc/v1/witness/report",
    "pc/v2/roles/box/report",
    "homeassistant/sensor/a/b/config",
    "homeassistant/sensor/a/b/state",
    "homeassistant/status",
    "else",
    "else/where",
)
_LISTENED = ("#", "pc/#", "+/+/+/+/+", "$share/all/#", *TOPICS)


@dataclass(frozen=True, slots=True)
class May:
    """What a role may: its topics to say and to hear, and whether it hears of the broker itself."""

    say: frozenset[str]
    hear: frozenset[str]
    figures: bool = False


def _of(*topics: str) -> frozenset[str]:
    return frozenset(topics)


_ALL_OF_BOXES = frozenset(topic for topic in TOPICS if topic.startswith("pc/v1/"))
_OF_BOXES = {name: _of(*(f"{place}/{name}" for place in (_OWN, _OTHER))) for name in _CHANNELS}
_SIGNED = _OF_BOXES["report"] | _OF_BOXES["meta"] | _OF_BOXES["checkpoint"]
_RETAINED = frozenset[str]().union(*(_OF_BOXES[name] for name in _CHANNELS if name != "report"))
TABLE: Mapping[str, May] = {
    BOX: May(
        say=_of(*(f"{_OWN}/{channel}" for channel in ("report", "meta", "state", "checkpoint"))),
        hear=_of(f"{_OWN}/ack", f"{_OWN}/certificate", CENTRE_STATE),
    ),
    "fusion": May(say=_OF_BOXES["ack"] | {CENTRE_STATE, "pc/v1/fusion/report"}, hear=_ALL_OF_BOXES),
    "renewal": May(say=_OF_BOXES["certificate"] | {"pc/v1/renewal/report"}, hear=_of(CENTRE_STATE)),
    "devices": May(say=_RETAINED | {"pc/v1/devices/report"}, hear=_of(CENTRE_STATE)),
    "witness": May(say=_of("pc/v1/witness/report"), hear=_SIGNED | {CENTRE_STATE}),
    "monitor": May(say=_of("pc/v1/monitor/report"), hear=_of(CENTRE_STATE), figures=True),
    STRANGER: May(say=_of("pc/v1/somebody/report"), hear=_of(CENTRE_STATE)),
}
"""A program of one word may name topics of that word, by the rules for boxes: no box has them and
nobody hears them."""


@dataclass(frozen=True, slots=True)
class Rights:
    """How many attempts were made, how many fitted the table, and what did not fit.

    controls: how many attempts that the table allows came through.

    missing: what somebody must be able to do and did not: without it a refusal of the same kind
    proves nothing.
    """

    tried: int
    held: int
    controls: int
    wrong: tuple[str, ...]
    missing: tuple[str, ...]


def named_roles(acl: str) -> list[str]:
    """Return the roles that an access list names, in order."""
    return re.findall(r"^[^\S\n]*user[^\S\n]+(.+?)\s*$", acl, re.MULTILINE)


def measure(folder: Path) -> Rights:
    """Try every role on every topic.

    Raises ProcessError and LinkError where broker, identities or witness cannot be had.
    """
    roles = named_roles((broker_directory() / "acl").read_text("utf-8"))
    wrong = [
        f"the role {role}, of which nobody has said what it may"
        for role in roles
        if role not in TABLE
    ]
    missing: list[str] = []
    identities = Identities(folder)
    tried = held = controls = 0
    with AuditBroker(identities.server(), observer=False, further=WITNESS_MAY) as broker:
        seen_by = tls(access(broker.port, identities.client(WITNESS)))
        with BrokerPeer(broker.port, seen_by) as witness:
            witness.hear("#")
            for role in (*TABLE, *(role for role in roles if role not in TABLE)):
                identity = (
                    identities.device(*role.split("/")) if "/" in role else identities.client(role)
                )
                faults, without, good = _try(
                    broker.port, tls(access(broker.port, identity)), role, witness
                )
                wrong += faults
                missing += without
                tried += 2 * len(TOPICS) + 1
                held += 2 * len(TOPICS) + 1 - len(faults)
                controls += good
    return Rights(tried, held, controls, tuple(wrong), tuple(missing))


def _try(
    port: int, identity: ssl.SSLContext, role: str, witness: BrokerPeer
) -> tuple[list[str], list[str], int]:
    """Let one role say and hear all.

    Return what it may against the table, what it may not though it must, and what it did.
    """
    may = TABLE.get(role, May(_of(), _of()))
    for number, topic in enumerate(TOPICS):
        say_once(port, identity, topic, f"{role} says {number}".encode())
    with BrokerPeer(port, identity) as one:
        one.hear(*_LISTENED, "$SYS/broker/version")
        for number, topic in enumerate(TOPICS):
            witness.say(topic, f"to {role} {number}".encode())
        fence = f"behind all for {role}".encode()
        witness.say("else", fence)
        witness.has_heard("else", fence)
        one.has_heard(
            next(iter(sorted(may.hear)), "else"), _told(role, next(iter(sorted(may.hear)), "else"))
        )
        witnessed, heard = list(witness.heard), list(one.heard)
    said = _through(witnessed, f"{role} says ")
    hears = _through(heard, f"to {role} ")
    wrong = [f"{role} may say {topic}" for topic in sorted(said - may.say)]
    wrong += [f"{role} may hear {topic}" for topic in sorted(hears - may.hear)]
    missing = [f"{role} did not get {topic} through" for topic in sorted(may.say - said)]
    missing += [f"{role} did not hear {topic}" for topic in sorted(may.hear - hears)]
    of_broker = any(topic.startswith("$SYS/") for topic, _ in heard)
    wrong += [f"{role} hears of the broker itself"] if of_broker and not may.figures else []
    return wrong, missing, len(said & may.say) + len(hears & may.hear)


def _told(role: str, topic: str) -> bytes:
    return f"to {role} {TOPICS.index(topic)}".encode()


def _through(messages: Iterable[tuple[str, bytes]], word: str) -> frozenset[str]:
    """Return the topics on which words of this kind came through."""
    return frozenset(topic for topic, payload in messages if payload.startswith(word.encode()))
