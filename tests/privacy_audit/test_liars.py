# SPDX-License-Identifier: Apache-2.0
"""The audit of a box that lies.

For each mechanism a copy of the source has it taken out, and the audit must fall and name it.

The box measures itself and would refuse to start; where that is so, the lie also blinds the
supervisor, so that only the audit is left to notice. An audit of the honest copy passes the same
parts. Each lie must be found for what it is: what fell says so in words that no other lie explains.
In every run several are told at once, one a mechanism; the campaign tells those that take longer,
and each alone.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.privacy_audit.copied import ROOT, Change, Copied, Lie, told
from tests.privacy_audit.outside_lies import OUTSIDE

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can prove all of it; run as root"
)

BLIND = Change(
    "edge_agent/confinement/probe.py",
    "if level == Level.UNCONFINED or order.index(level) > order.index(minimum):",
    "if False:",
)
LOCK, SPACES = "edge_agent/confinement/lock.py", "edge_agent/confinement/kernel/namespaces.py"
USERS = "SENSOR_UID, GATE_UID, UPLINK_UID, FEEDER_UID = 65101, 65102, 65103, 65104"
STAGE_B_OF_SENSOR = "(\n        stage_b(role, channel_fd=channel_fd, camera_fd"
ACL = "firmware_configs/broker/acl"
LIMIT = 'resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limit, limit))'


def blinded(mechanism: str, seen: str, change: Change) -> Lie:
    """A lie about how a process is confined, which the supervisor is made not to see."""
    return Lie(mechanism, "processes", seen, (change, BLIND))


GATE, RULES, UPLINK = (
    "edge_agent/processes/gate.py",
    "edge_agent/disclosure/rules.py",
    "edge_agent/uplink/publisher.py",
)
POLICY, ALLOWED = (
    "edge_agent/confinement/tables/policy.py",
    "edge_agent/confinement/tables/allowed.py",
)
APPEARANCE, SENSOR = "edge_agent/confinement/appearance.py", "edge_agent/processes/sensor.py"
FUTEX = (
    "futex = exactly(1, *private, _WAIT_BITSET | _PRIVATE | _REALTIME, _WAKE_BITSET | _PRIVATE)\n"
)
READS = '[allow("read lseek fstat", reading, here)]'
FILES = "openat open ftruncate fallocate pwrite64 unlink unlinkat stat newfstatat"
OPENS_FILES = Change(ALLOWED, READS, READS.replace("]", f', allow("{FILES}", "files")]'))
VIEWS, CHANNEL = "edge_agent/confinement/tables/visible_files.py", "edge_agent/channel.py"
SUPERVISOR, DISCLOSURE = (
    "edge_agent/processes/supervision/supervisor.py",
    "edge_agent/disclosure/gate.py",
)
LIES = {
    "the sensor never takes its second filter": blinded(
        "seccomp",
        "seccomp filters in mode 2, wanted",
        Change(LOCK, f"    _install{STAGE_B_OF_SENSOR}", f"    id{STAGE_B_OF_SENSOR}"),
    ),
    "the first filter is never taken": blinded(
        "seccomp",
        "seccomp filters in mode 2, wanted",
        Change(LOCK, "    _install(stage_a(role))\n", ""),
    ),
    "the supervisor keeps all that root may": Lie(
        "seccomp",
        "processes",
        "has no seccomp filter",
        (Change(SUPERVISOR, "        lock.close_supervisor()\n", ""),),
    ),
    "filters hold on one thread only": blinded(
        "TSYNC",
        "threads have other filters than the first",
        Change(
            "edge_agent/confinement/kernel/seccomp.py",
            "FILTER_FLAG_TSYNC = 1",
            "FILTER_FLAG_TSYNC = 0",
        ),
    ),
    "the sensor is root": blinded(
        "uid", "runs as user 0", Change(VIEWS, USERS, USERS.replace("65101", "0"))
    ),
    "gate and uplink are one user": blinded(
        "uid", "runs as user 65102", Change(VIEWS, USERS, USERS.replace("65103", "65102"))
    ),
    "capabilities stay within reach": blinded(
        "uid",
        "capabilities in CapBnd",
        Change(
            SPACES, "for capability in range(_CAPABILITIES_MAX):", "for capability in range(0):"
        ),
    ),
    "everyone keeps the machine's network": blinded(
        "namespaces",
        "shares the net namespace",
        Change(SPACES, "(0 if network else NEW_NETWORK)", "0"),
    ),
    "everyone may write to the root folder": blinded(
        "mount view",
        "may write to /",
        Change(SPACES, "_REMOUNT | _BIND | _READ_ONLY", "_REMOUNT | _BIND"),
    ),
    "the gate may write to memory that is shared by name": blinded(
        "mount view",
        "may write to /dev/shm",
        Change(VIEWS, "writable=(store,)", 'writable=(store, "/dev/shm")'),
    ),
    "the sensor sees the system's files": blinded(
        "mount view",
        "sees /etc/passwd",
        Change(
            VIEWS,
            "*existing((_PROCESSORS, *reads)), *heat)",
            '*existing((_PROCESSORS, *reads)), *heat, "/etc", "/run")',
        ),
    ),
    "a failing process leaves its memory": blinded(
        "dumpable", "may be dumped", Change(LOCK, "PR_SET_DUMPABLE, 0,", "PR_SET_DUMPABLE, 1,")
    ),
    "nobody is limited": blinded("rlimits", "max processes is", Change(LOCK, LIMIT, "pass")),
    "the uplink may open many files": Lie(
        "rlimits",
        "processes",
        "max open files is 640",
        (
            Change(
                POLICY,
                'Role.UPLINK: {"CORE": 0, "NOFILE": 64,',
                'Role.UPLINK: {"CORE": 0, "NOFILE": 640,',
            ),
        ),
    ),
    "the sensor may print": blinded(
        "descriptors", "holds descriptor 1", Change(LOCK, "    silence()\n", "")
    ),
    "the reader takes any number": Lie(
        "gate schema",
        "capacity",
        "the reader takes",
        (Change(CHANNEL, "if any(value > limit for", "if any(False for"),),
    ),
    "the reader takes one number more": Lie(
        "gate schema",
        "capacity",
        "the reader takes",
        (Change(CHANNEL, "if any(value > limit for", "if any(value > limit + 1 for"),),
    ),
    "the reader does not look at what should be empty": Lie(
        "gate schema",
        "flood",
        "",
        (Change(CHANNEL, "if raw[_PADDING_FROM:] != _PADDING:", "if False:"),),
    ),
    "everyone may speak twice": Lie(
        "gate schema",
        "flood",
        "",
        (
            Change(
                CHANNEL,
                "if (record.kind, record.index) in self._slots.get(record.slot, {}):",
                "if False:",
            ),
        ),
    ),
    "run does not know the cap": Lie(
        "cap",
        "capacity",
        "did not refuse",
        (Change("edge_agent/config/site_rules.py", "if bits <= bits_max:", "if True:"),),
    ),
    "the gate does not know the cap": Lie(
        "cap",
        "capacity",
        "above its cap takes records",
        (Change(GATE, "if per_minute > cap:", "if False:"),),
    ),
    "the printed bound is too low": Lie(
        "cap",
        "capacity",
        "bits of the sensor",
        (Change(CHANNEL, "math.prod(largest + 1 for", "math.prod(largest or 1 for"),),
    ),
    "the noise is drawn with a key that everyone knows": Lie(
        "noise key",
        "guessing",
        "are what key, name and input give",
        (
            Change(
                GATE, "noise_key=read_secret(Path(settings.noise_key_path))", "noise_key=bytes(32)"
            ),
        ),
    ),
    "the numbers are exact": Lie(
        "noise key",
        "guessing",
        "",
        (
            Change(
                RULES,
                "return value + discrete_laplace(bits, epsilon_thousandths=",
                "return value  # (",
            ),
        ),
    ),
    "epsilon is twice what is said": Lie(
        "noise key",
        "guessing",
        "",
        (
            Change(
                RULES,
                "epsilon_thousandths=rule.parameters[0])",
                "epsilon_thousandths=2 * rule.parameters[0])",
            ),
        ),
    ),
    "the most people at once are exact": Lie(
        "noise key",
        "guessing",
        "",
        (
            Change(
                DISCLOSURE,
                'peak = self._release(values[1], Kind.ZONE, index, "peak", at_ms)',
                "peak = values[1]",
            ),
        ),
    ),
    "a slot is released at each start anew": Lie(
        "noise key",
        "guessing",
        "values of a number left",
        (
            Change(
                "edge_agent/signing/open_slots.py",
                "OpenSlots(settings, clock, first=first)",
                "OpenSlots(settings, clock, first=slots.at(now_s))",
            ),
        ),
    ),
    "classes leave as they are": Lie(
        "noise key",
        "guessing",
        "",
        (Change(RULES, "return value if rule.name is RuleName.EXACT else 0", "return value"),),
    ),
    "the ledger holds something else than what leaves": Lie(
        "ledger entry",
        "trail",
        "was published that is no entry of the ledger",
        (
            Change(
                "edge_agent/signing/checkpoints.py",
                "            put_out(self._outbox, stream, entries)\n",
                "            self._outbox.insert(\n"
                "                Waiting(stream, one.sequence, one.channel,\n"
                "                        self._signer.entry(\n"
                "                            Channel(one.channel), one.sequence, other).envelope)\n"
                "                for one in entries for other in [one.envelope.rpartition(b'\\n"
                "')[0].replace(b'\"start\":', b'\"start\":1')])\n",
            ),
        ),
    ),
    "the uplink says more than it was given": Lie(
        "ledger entry",
        "trail",
        "a state that is not one of the two",
        (
            Change(
                UPLINK,
                "        if sent.rc is not",
                "        self._client.publish(self._topic(Channel.STATE), envelope)\n"
                "        if sent.rc is not",
            ),
        ),
    ),
    "the sensor's table lets it open files": Lie(
        "seccomp",
        "system calls",
        "ftruncate: is allowed, which this process must not do",
        (OPENS_FILES,),
    ),
    "the sensor may write any length": Lie(
        "seccomp",
        "system calls",
        "write: is allowed, which this process must not do",
        (
            Change(
                ALLOWED,
                "Condition(0, channel_fd), Condition(2, RECORD_BYTES)",
                "Condition(0, channel_fd),",
            ),
        ),
    ),
    "the sensor's table lets it open files, and so it does": Lie(
        "seccomp", "exit classes", "", (OPENS_FILES,)
    ),
    "a futex may be shared": Lie(
        "seccomp",
        "system calls",
        "futex: is allowed, which this process must not do: a futex that others reach",
        (Change(ALLOWED, FUTEX, "futex = ()\n"),),
    ),
    "signal masks may be set": Lie(
        "seccomp",
        "system calls",
        "rt_sigprocmask: is allowed, which this process must not do: a signal mask",
        (Change(ALLOWED, 'allow("getpid gettid",', 'allow("getpid gettid rt_sigprocmask",'),),
    ),
    "the arguments stay where all see them": blinded(
        "dumpable",
        "as its arguments to any user",
        Change(APPEARANCE, "    if not may_be_emptied(kernel):\n", "    if True:\n"),
    ),
    "the sensor keeps memory that one call makes writable": Lie(
        "descriptors",
        "processes",
        "shares writable memory",
        (
            Change(LOCK, "if flags >= _CARRIES_SHARED or", "if False or"),
            Change(
                SENSOR,
                "    share_one_heap()\n",
                "    share_one_heap()\n    kept = __import__('mmap').mmap(-1, 4096, prot=1)\n",
            ),
        ),
    ),
    "any box may write any box's reports": Lie(
        "ACL",
        "broker rights",
        "speaking for another box",
        (Change(ACL, "pattern write pc/v1/%u/report", "pattern write pc/v1/+/+/report"),),
    ),
    "anyone may say and hear all": Lie(
        "ACL",
        "broker rights",
        "hearing another box",
        (Change(ACL, "pattern read pc/v1/%u/ack\n", "pattern readwrite #\n"),),
    ),
}

LIES |= OUTSIDE

AT_ONCE = (
    (
        "the supervisor keeps all that root may",
        "filters hold on one thread only",
        "gate and uplink are one user",
        "everyone keeps the machine's network",
        "everyone may write to the root folder",
        "a failing process leaves its memory",
        "nobody is limited",
        "the sensor may print",
    ),
    (
        "the reader takes any number",
        "run does not know the cap",
        "the noise is drawn with a key that everyone knows",
        "the ledger holds something else than what leaves",
        "any box may write any box's reports",
    ),
)
"""Lies that do not hide each other, one for each mechanism that is quickly asked for, for every
run."""
TOGETHER = (
    (
        "one noise key for all boxes",
        "the centre checks no signature",
        "the people in the frame rate",
        "exact counts in the log",
        "level full is claimed",
        "masks are not painted",
        "a will with bytes of its own",
    ),
    (
        "the uplink checks no host name",
        "the supervisor is blind",
        "the gate does not wait for the word",
        "who renews acknowledges",
    ),
    ("a library that can report is let through",),
)
"""The same for those that take longer. These, and each alone, are of scripts/campaign."""
MECHANISMS = {LIES[name].mechanism for names in (*AT_ONCE, *TOGETHER) for name in names}


@pytest.mark.campaign
@pytest.mark.parametrize("part", sorted({lie.part for lie in LIES.values()}))
def test_an_honest_copy_passes(copied: Copied, part: str) -> None:
    code, printed = copied.audit(part)
    assert (code, printed["fell"], printed["unproven"]) == (0, [], [])
    assert printed["findings"]


def test_every_mechanism_of_the_tables_is_lied_about() -> None:
    assert {
        "seccomp",
        "TSYNC",
        "uid",
        "namespaces",
        "mount view",
        "dumpable",
        "rlimits",
        "descriptors",
    } <= MECHANISMS
    assert {"gate schema", "noise key", "ledger entry", "ACL", "cap"} <= MECHANISMS
    assert {lie.mechanism for lie in LIES.values()} == MECHANISMS


@pytest.mark.parametrize("name", LIES)
def test_what_a_lie_takes_out_stands_in_the_source_once(name: str) -> None:
    assert {
        change.before: change.places((ROOT / change.file).read_text())
        for change in LIES[name].changes
    } == {change.before: 1 for change in LIES[name].changes}


def test_what_a_lie_makes_of_the_source_is_a_program_that_knows_its_names(tmp_path: Path) -> None:
    for number, lie in enumerate(LIES.values()):
        for file, text in told(lie.changes).items():
            path = tmp_path / str(number) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache"]
    command += ["--select", "E9,F821", "--output-format", "concise", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("names", AT_ONCE, ids=("where it is confined", "what it lets out"))
def test_the_audit_falls_and_names_each_of_several_lies(
    copied: Copied, names: tuple[str, ...]
) -> None:
    check(copied, *(LIES[name] for name in names))


@pytest.mark.campaign
@pytest.mark.parametrize(
    "names",
    TOGETHER,
    ids=("what it is asked from outside", "who acts on what it sees", "what its library can"),
)
def test_the_audit_falls_and_names_each_of_several_lies_that_take_longer(
    copied: Copied, names: tuple[str, ...]
) -> None:
    check(copied, *(LIES[name] for name in names))


@pytest.mark.campaign
@pytest.mark.parametrize("name", LIES)
def test_the_audit_falls_and_names_a_lie_that_is_told_alone(copied: Copied, name: str) -> None:
    check(copied, LIES[name])


def test_a_box_that_refuses_to_start_names_what_it_misses(copied: Copied) -> None:
    # The supervisor sees: it measures its children from outside, and says what is missing.
    copied.change(Change(LOCK, LIMIT, "pass"))
    code, printed = copied.audit("processes")
    assert (code, printed["fell"]) == (1, ["rlimits"])


def check(copied: Copied, *lies: Lie) -> None:
    """Tell these lies and audit them.

    Each must be among what fell, by its mechanism and by what it looks like.
    """
    copied.change(*dict.fromkeys(change for lie in lies for change in lie.changes))
    if any(lie.reports for lie in lies):
        copied.let_report()
    code, printed = copied.audit(*sorted({lie.part for lie in lies}))
    assert code == 1
    fallen = [finding for finding in printed["findings"] if finding["verdict"] == "fell"]
    for lie in lies:
        assert lie.mechanism in printed["fell"], fallen
        words = [
            f"{one['name']}: {one['detail']}" for one in fallen if one["mechanism"] == lie.mechanism
        ]
        assert any(lie.seen in word for word in words), (lie.seen, words)
