# SPDX-License-Identifier: Apache-2.0
"""What one box may do to another over the broker.

Over real TLS, at a broker started with the shipped settings and access list.

Every refusal is judged by what the centre, or the box attacked, heard; that something was not heard
is shown by a later message that was. Every row has its control: the same step by who may do it.
"""

import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from paho.mqtt.enums import MQTTProtocolVersion

from edge_agent.errors import LinkError, ProcessError
from privacy_audit.broker import roles
from privacy_audit.broker.forged_name import forge
from privacy_audit.broker.peer import WAIT_S, BrokerPeer, comes_in
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.target.box import AuditedBox, until
from privacy_audit.target.broker import AuditBroker, Identities, access, call, tls

PART = "broker rights"
SUBJECT = "a broker started with the shipped settings and access list"
SITE, ATTACKED, ATTACKER = "audit", "box-a", "box-b"
A, B = f"pc/v1/{SITE}/{ATTACKED}", f"pc/v1/{SITE}/{ATTACKER}"
CENTRE_STATE = "pc/v1/fusion/state"
VERSIONS = (MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311)
CHANNELS, TO_BOXES = ("report", "meta", "state", "checkpoint"), ("ack", "certificate")
LISTENED = (
    "#",
    "pc/v1/#",
    "+/v1/+/+/+",
    f"pc/v1/{SITE}/+/report",
    f"{A}/report",
    f"{A}/ack",
    f"{A}/certificate",
    f"$share/thief/{A}/report",
    "$share/thief/#",
)
WILD = ("weird+#", f"{SITE}/+", "+/+", "#")
PACKET_TOO_LARGE = 8193


@dataclass(frozen=True, slots=True)
class _Tried:
    """How many attempts, how many of them did nothing that anyone heard, how many controls did."""

    attacks: int
    refused: int
    controls: int
    what: str


class _Scene:
    """A broker, the centre's identity hearing all that it may, and two boxes."""

    def __init__(
        self, broker: AuditBroker, identities: Identities, centre: BrokerPeer, folder: Path
    ) -> None:
        self.port, self.identities, self.centre, self.folder = (
            broker.port,
            identities,
            centre,
            folder,
        )
        self.a, self.b = (
            tls(access(broker.port, identities.device(SITE, name))) for name in (ATTACKED, ATTACKER)
        )
        self._turn = 0

    def own_is_heard(
        self, context: ssl.SSLContext, topic: str, *, protocol: MQTTProtocolVersion = VERSIONS[0]
    ) -> bool:
        """Say something as who may say it; whether the centre hears it.

        What was said before would have been heard before.
        """
        self._turn += 1
        word = f"own {self._turn}".encode()
        with BrokerPeer(self.port, context, protocol=protocol) as box:
            box.say(topic, word)
            return self.centre.has_heard(topic, word)

    def heard(self, word: bytes) -> bool:
        """Say whether the centre has heard these bytes on any topic."""
        return any(payload == word for _, payload in self.centre.heard)


def look(box: AuditedBox) -> list[Finding]:
    """Try each row of the table of attempts.

    Raises ProcessError where the broker or the identities cannot be had.
    """
    folder = box.folder / "broker-rights"
    folder.mkdir(mode=0o700)
    identities = Identities(folder)
    findings = []
    with AuditBroker(identities.server(), observer=False) as broker:
        fusion = tls(access(broker.port, identities.client("fusion")))
        with BrokerPeer(broker.port, fusion) as centre:
            centre.hear("pc/v1/#")
            scene = _Scene(broker, identities, centre, folder)
            for name, attempt in _ROWS.items():
                findings.append(_judge(name, attempt(scene)))
    return findings


def _judge(name: str, tried: _Tried) -> Finding:
    figures = (tried.attacks, tried.refused, tried.controls)
    if tried.refused < tried.attacks:
        said = (
            f"{tried.attacks - tried.refused} of {tried.attacks} attempts had an effect: "
            f"{tried.what}"
        )
        return Finding(PART, name, Mechanism.ACL, SUBJECT, Verdict.FELL, said, *figures)
    if not tried.controls:
        return Finding(
            PART,
            name,
            Mechanism.ACL,
            SUBJECT,
            Verdict.UNPROVEN,
            "the control did nothing either",
            *figures,
        )
    return Finding(PART, name, Mechanism.ACL, SUBJECT, Verdict.TWIN, tried.what, *figures)


# --- the rows -----------------------------------------------------------------------------------


def _speak_for_another(scene: _Scene) -> _Tried:
    """B publishes on A's topics, on those meant for boxes, as the centre, and elsewhere.

    It does so in both versions of MQTT.
    """
    to_boxes = [f"{box}/{channel}" for box in (A, B) for channel in TO_BOXES]
    topics = [
        *(f"{A}/{channel}" for channel in CHANNELS),
        *to_boxes,
        CENTRE_STATE,
        f"pc/v1/{SITE}/report",
        "else",
    ]
    words = []
    for protocol in VERSIONS:
        for retain in (False, True):
            for topic in topics:
                words.append(f"forged {protocol} {retain} {topic}".encode())
                with (
                    suppress(LinkError),
                    BrokerPeer(scene.port, scene.b, protocol=protocol) as attacker,
                ):
                    attacker.say(topic, words[-1], retain=retain)
    controls = sum(
        scene.own_is_heard(scene.b, f"{B}/{channel}", protocol=version)
        for channel in CHANNELS
        for version in VERSIONS
    )
    return _Tried(
        len(words),
        sum(not scene.heard(word) for word in words),
        controls,
        "publishing on another's topic, MQTT 5 and 3.1.1",
    )


def _last_will(scene: _Scene) -> _Tried:
    """B leaves a last will on A's topic and vanishes."""
    BrokerPeer(scene.port, scene.b, will=(f"{A}/state", b"forged will")).vanish()
    BrokerPeer(scene.port, scene.b, will=(f"{B}/state", b"own will")).vanish()
    control = scene.centre.has_heard(f"{B}/state", b"own will")
    return _Tried(
        1, int(not scene.heard(b"forged will")), int(control), "a last will on another's topic"
    )


def _listen(scene: _Scene) -> _Tried:
    """B subscribes to what is A's, alone and in a shared subscription.

    A, the centre and who renews certificates speak.
    """
    refused = controls = 0
    renewal = tls(access(scene.port, scene.identities.client("renewal")))
    for turn, wish in enumerate(LISTENED):
        secret, own = f"of A {turn}".encode(), f"to B {turn}".encode()
        with (
            BrokerPeer(scene.port, scene.b) as thief,
            BrokerPeer(scene.port, scene.a) as box,
            BrokerPeer(scene.port, renewal) as renewer,
        ):
            thief.hear(wish, f"{B}/ack", f"{B}/certificate")
            box.say(f"{A}/report", secret)
            scene.centre.say(f"{A}/ack", secret)
            renewer.say(f"{A}/certificate", secret)
            scene.centre.say(f"{B}/ack", own)
            renewer.say(f"{B}/certificate", own)
            told = thief.has_heard(f"{B}/ack", own) and thief.has_heard(f"{B}/certificate", own)
            controls += told and scene.centre.has_heard(f"{A}/report", secret)
            refused += all(payload != secret for _, payload in thief.heard)
    return _Tried(len(LISTENED), refused, controls, "hearing what another says or is told")


def _take_over(scene: _Scene) -> _Tried:
    """B comes in under A's name and client id, and the centre's; A stays connected.

    The control is A once more, which does take over.
    """
    refused, stolen = 0, (f"{SITE}/{ATTACKED}", f"{SITE}.{ATTACKED}", "fusion")
    with BrokerPeer(scene.port, scene.a, client_id=stolen[0]) as box:
        for name in stolen:
            forged = f"forged as {name}".encode()
            with (
                suppress(LinkError),
                BrokerPeer(scene.port, scene.b, client_id=name, user=name) as attacker,
            ):
                attacker.say(f"{A}/report", forged)
            scene.own_is_heard(scene.b, f"{B}/report")
            refused += (
                not box.lost.is_set() and not scene.centre.lost.is_set() and not scene.heard(forged)
            )
        with BrokerPeer(scene.port, scene.a):
            control = until(box.lost.is_set, within_s=WAIT_S)
    return _Tried(
        len(stolen), refused, int(control), "another's session, by its client id or user name"
    )


def _come_in(scene: _Scene) -> _Tried:
    """Connect with each kind of wrong paper, none of which may come through.

    No certificate, one of another authority, a server's, an older TLS, no TLS, and a revoked one
    after the restart.
    """
    own = access(scene.port, scene.folder / f"{SITE}.{ATTACKED}")
    rogue = access(
        scene.port, Identities(_new_folder(scene.folder / "rogue")).device(SITE, ATTACKED)
    )
    anonymous = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anonymous.load_verify_locations(own.ca_file)
    # It trusts our broker, so that it is the broker that refuses.
    stranger = tls(replace(rogue, ca_file=own.ca_file))
    server = tls(access(scene.port, scene.folder / "broker"))
    older = tls(own)
    older.minimum_version, older.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
    tried = [comes_in(scene.port, each) for each in (anonymous, stranger, server, older, None)]
    control = comes_in(scene.port, scene.a)
    call(
        "fusion-service", "device", "revoke", f"{SITE}/{ATTACKED}", "--ca", str(scene.folder / "ca")
    )
    with AuditBroker(_with_list(scene.folder), observer=False) as broker:
        tried.append(comes_in(broker.port, scene.a))
        control = control and comes_in(broker.port, scene.b)
    return _Tried(
        len(tried),
        tried.count(False),
        int(control),
        "no, a foreign, a server's or a revoked certificate, TLS 1.2, no TLS",
    )


def _wild_names(scene: _Scene) -> _Tried:
    """Names with wildcards: refused at issue.

    Where whoever has the root's key forges one all the same, it opens no topic.
    """
    refused = 0
    for turn, name in enumerate(WILD):
        forged = tls(
            access(
                scene.port,
                forge(scene.folder / "ca", name, _new_folder(scene.folder / f"forged-{turn}")),
            )
        )
        word = f"forged as {name}".encode()
        with suppress(LinkError), BrokerPeer(scene.port, forged) as attacker:
            attacker.hear("#")
            scene.own_is_heard(scene.b, f"{B}/report")
            heard = bool(attacker.heard)
            attacker.say(f"{A}/report", word)
        control = scene.own_is_heard(scene.b, f"{B}/report")
        refused += not heard and not scene.heard(word) and not _is_issued(scene, name)
    return _Tried(
        len(WILD),
        refused,
        int(control),
        "a name with a wildcard, refused at issue and of no use where forged",
    )


def _too_large(scene: _Scene) -> _Tried:
    """A packet over the broker's limit is not delivered, and ends its sender's connection only."""
    word = b"y" * PACKET_TOO_LARGE
    with BrokerPeer(scene.port, scene.b) as box:
        box.say(f"{B}/report", word)
    control = scene.own_is_heard(scene.b, f"{B}/report")
    return _Tried(
        1,
        int(not scene.heard(word) and not scene.centre.lost.is_set()),
        int(control),
        "a packet over the limit",
    )


def _every_role(scene: _Scene) -> _Tried:
    """Every role of the access list, on every topic, at a broker of their own."""
    rights = roles.measure(_new_folder(scene.folder / "roles"))
    what = f"each role says and hears what the audit's table says, on {len(roles.TOPICS)} topics"
    what = f"{'; '.join(rights.wrong[:3])} ({len(rights.wrong)} such)" if rights.wrong else what
    return _Tried(
        rights.tried,
        rights.tried - len(rights.wrong),
        0 if rights.missing else rights.controls,
        what,
    )


_ROWS: dict[str, Callable[[_Scene], _Tried]] = {
    "speaking for another box": _speak_for_another,
    "a last will for another box": _last_will,
    "hearing another box": _listen,
    "taking another's session": _take_over,
    "names with wildcards": _wild_names,
    "a packet over the limit": _too_large,
    "coming in": _come_in,
    "what each role may": _every_role,
}


def _is_issued(scene: _Scene, name: str) -> bool:
    with suppress(ProcessError):
        call(
            "fusion-service",
            "device",
            "issue",
            name,
            "--ca",
            str(scene.folder / "ca"),
            "--out",
            str(scene.folder / "wild"),
        )
        return True
    return False


def _with_list(folder: Path) -> Path:
    """Return a copy of the broker's identity with the authority's list of revocations of now."""
    renewed = _new_folder(folder / "broker-renewed")
    for path in (folder / "broker").iterdir():
        (renewed / path.name).write_bytes(path.read_bytes())
    (renewed / "crl.pem").write_bytes((folder / "ca" / "crl.pem").read_bytes())
    return renewed


def _new_folder(path: Path) -> Path:
    path.mkdir(mode=0o700)
    return path
