# SPDX-License-Identifier: Apache-2.0
"""The audit of a box that lies: for each mechanism a copy of the source has it taken out, and the audit must fall and name it.

The box measures itself and would refuse to start; where that is so, the lie also blinds the supervisor, so that only the audit is
left to notice. An audit of the honest copy passes the same parts.
"""

import os
from dataclasses import dataclass

import pytest

from tests.edge_agent.audit.copied import Change, Copied

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can prove all of it; run as root")

BLIND = Change(
    "edge_agent/confinement/probe.py", "if level == Level.UNCONFINED or order.index(level) > order.index(minimum):", "if False:"
)
LOCK, SPACES = "edge_agent/confinement/lock.py", "edge_agent/confinement/namespaces.py"
USERS = "SENSOR_UID, GATE_UID, UPLINK_UID, FEEDER_UID = 65101, 65102, 65103, 65104"
STAGE_B_OF_SENSOR = "(stage_b(Role.SENSOR, channel_fd=channel_fd,"
ACL = "firmware_configs/broker/acl"
LIMIT = 'resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))'


@dataclass(frozen=True)
class Lie:
    """The mechanism that is gone, the part of the audit that looks at it, and the changes that take it out."""

    mechanism: str
    part: str
    changes: tuple[Change, ...]


def blinded(mechanism: str, change: Change) -> Lie:
    """A lie about how a process is confined, which the supervisor is made not to see."""
    return Lie(mechanism, "processes", (change, BLIND))


GATE, RULES, UPLINK = "edge_agent/gate_process.py", "edge_agent/disclosure/rules.py", "edge_agent/uplink/publisher.py"
POLICY = "edge_agent/confinement/policy.py"
VIEWS, CHANNEL = "edge_agent/confinement/views.py", "edge_agent/channel.py"
LIES = {
    "the sensor never takes its second filter": blinded(
        "seccomp", Change(LOCK, f"    _install{STAGE_B_OF_SENSOR}", f"    id{STAGE_B_OF_SENSOR}")
    ),
    "filters hold on one thread only": blinded(
        "TSYNC", Change("edge_agent/confinement/seccomp.py", "FILTER_FLAG_TSYNC = 1", "FILTER_FLAG_TSYNC = 0")
    ),
    "the sensor is root": blinded("uid", Change(VIEWS, USERS, USERS.replace("65101", "0"))),
    "gate and uplink are one user": blinded("uid", Change(VIEWS, USERS, USERS.replace("65103", "65102"))),
    "everyone keeps the machine's network": blinded("namespaces", Change(SPACES, "(0 if network else NEW_NETWORK)", "0")),
    "everyone may write to the root folder": blinded(
        "mount view", Change(SPACES, "_REMOUNT | _BIND | _READ_ONLY", "_REMOUNT | _BIND")
    ),
    "the sensor sees the system's files": blinded(
        "mount view",
        Change(
            VIEWS,
            "View(readable=(*software(), *existing(reads), *heat),",
            'View(readable=(*software(), *existing(reads), *heat, "/etc", "/run"),',
        ),
    ),
    "a failing process leaves its memory": blinded("dumpable", Change(LOCK, "PR_SET_DUMPABLE, 0,", "PR_SET_DUMPABLE, 1,")),
    "nobody is limited": blinded("rlimits", Change(LOCK, LIMIT, "pass")),
    "the sensor may print": blinded("descriptors", Change(LOCK, "    silence()\n", "")),
    "the reader takes any number": Lie(
        "gate schema", "capacity", (Change(CHANNEL, "if any(value > most for", "if any(False for"),)
    ),
    "run does not know the cap": Lie("cap", "capacity", (Change("edge_agent/site_rules.py", "if bits <= most:", "if True:"),)),
    "the gate does not know the cap": Lie(
        "cap", "capacity", (Change("edge_agent/gate_process.py", "if per_minute > most:", "if False:"),)
    ),
    "the printed bound is too low": Lie(
        "cap", "capacity", (Change(CHANNEL, "math.prod(largest + 1 for", "math.prod(largest or 1 for"),)
    ),
    "the noise is drawn with a key that everyone knows": Lie(
        "noise key", "guessing", (Change(GATE, "noise_key=read_secret(Path(settings.noise_key_path))", "noise_key=bytes(32)"),)
    ),
    "the numbers are exact": Lie(
        "noise key", "guessing", (Change(RULES, "return value + discrete_laplace(bits, epsilon_thousandths=", "return value  # ("),)
    ),
    "the ledger holds something else than what leaves": Lie(
        "ledger entry",
        "trail",
        (
            Change(
                GATE,
                "        self._ledger.append(*entries)\n",
                "        self._ledger.append(*(replace(entry, envelope=entry.envelope[:-1]) for entry in entries))\n",
            ),
            Change(GATE, "import sys\n", "import sys\nfrom dataclasses import replace\n"),
        ),
    ),
    "the uplink says more than it was given": Lie(
        "ledger entry",
        "trail",
        (
            Change(
                UPLINK,
                "        if sent.rc is not",
                "        self._client.publish(self._topic(Channel.STATE), envelope)\n        if sent.rc is not",
            ),
        ),
    ),
    "the sensor's table lets it open files": Lie(
        "seccomp",
        "system calls",
        (Change(POLICY, "    calls = _allow(RUNNING)\n", "    calls = _allow(RUNNING, FILES)\n"),),
    ),
    "the sensor's table lets it open files, and so it does": Lie(
        "seccomp",
        "exit classes",
        (Change(POLICY, "    calls = _allow(RUNNING)\n", "    calls = _allow(RUNNING, FILES)\n"),),
    ),
    "any box may write any box's reports": Lie(
        "ACL", "broker rights", (Change(ACL, "pattern write pc/v1/%u/report", "pattern write pc/v1/+/+/report"),)
    ),
}


MECHANISMS = tuple(dict.fromkeys(lie.mechanism for lie in LIES.values()))
IN_EVERY_RUN = {mechanism: next(name for name, lie in LIES.items() if lie.mechanism == mechanism) for mechanism in MECHANISMS}
"""One lie for each mechanism; the others, and the honest copies, are of the campaign: scripts/campaign."""


@pytest.mark.campaign
@pytest.mark.parametrize("part", sorted({lie.part for lie in LIES.values()}))
def test_an_honest_copy_passes(copied: Copied, part: str) -> None:
    code, printed = copied.audit(part)
    assert (code, printed["fell"], printed["unproven"]) == (0, [], [])
    assert printed["findings"]


def test_every_mechanism_of_the_tables_is_lied_about() -> None:
    assert {"seccomp", "TSYNC", "uid", "namespaces", "mount view", "dumpable", "rlimits", "descriptors"} <= set(MECHANISMS)
    assert {"gate schema", "noise key", "ledger entry", "ACL", "cap"} <= set(MECHANISMS)


@pytest.mark.parametrize(
    "lie", [pytest.param(name, marks=() if name in IN_EVERY_RUN.values() else pytest.mark.campaign) for name in LIES]
)
def test_the_audit_falls_and_names_what_is_gone(copied: Copied, lie: str) -> None:
    told = LIES[lie]
    copied.change(*told.changes)
    code, printed = copied.audit(told.part)
    assert code == 1
    assert told.mechanism in printed["fell"], printed["findings"]


def test_a_box_that_refuses_to_start_names_what_it_misses(copied: Copied) -> None:
    # The supervisor sees: it measures its children from outside, and says what is missing.
    copied.change(Change(LOCK, LIMIT, "pass"))
    code, printed = copied.audit("processes")
    assert (code, printed["fell"]) == (1, ["rlimits"])
