# SPDX-License-Identifier: Apache-2.0
"""What a hostile feeder, and a hostile sensor behind one, get out of a box.

Counted by the kernel and by who listens.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from development.fakes.town import CAMERA, STRANGER, Listener, Town, missing, nft
from edge_agent.confinement.firewall import BURST_BYTES, BYTES_PER_S, TABLE, Firewall, Peer
from edge_agent.confinement.tables import visible_files
from edge_agent.errors import ProcessError

PROGRAM = Path(__file__).with_name("hostile.py")
ROOT = Path(__file__).parents[3]
BOX_RULES = ROOT / "firmware_configs" / "nftables" / "box.nft"
PORT, OTHER_PORT, LOOPBACK_PORT = 8554, 9999, 9998
TARGETS = [
    [CAMERA, PORT],
    [CAMERA, OTHER_PORT],
    [STRANGER, PORT],
    [STRANGER, OTHER_PORT],
    ["127.0.0.1", LOOPBACK_PORT],
]
SECONDS = 1.0

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


@dataclass(frozen=True)
class Seen:
    """What came of an attempt: bytes and connections at each place, packets on each cable."""

    camera: dict[str, int]
    stranger: dict[str, int]
    loopback: dict[str, int]
    camera_cable_bytes: int
    stranger_cable_bytes: int
    said: dict[str, int]


@pytest.fixture
def town() -> Iterator[Town]:
    with Town() as one:
        yield one


@pytest.fixture
def wall() -> Iterator[Firewall]:
    one = Firewall(Peer(CAMERA, PORT), uid=visible_files.FEEDER_UID)
    yield one
    if one.is_laid:
        one.remove()


def attempt(town: Town, role: str, wall: str) -> Seen:
    """Let the hostile process do what it can, and ask everyone what came."""
    with (
        Listener(town, "camera", CAMERA, PORT, OTHER_PORT) as camera,
        Listener(town, "stranger", STRANGER, PORT, OTHER_PORT) as stranger,
        Listener(town, "box", "127.0.0.1", LOOPBACK_PORT) as loopback,
    ):
        before = town.sent_bytes("camera"), town.sent_bytes("stranger")
        command = [sys.executable, PROGRAM, role, wall, json.dumps(TARGETS), str(SECONDS)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=120, cwd=ROOT
        )
        assert done.stderr == ""
        said = json.loads(done.stdout) if done.stdout else {"all": done.returncode}
        cables = town.sent_bytes("camera") - before[0], town.sent_bytes("stranger") - before[1]
        return Seen(camera.heard(), stranger.heard(), loopback.heard(), *cables, said)


def test_a_hostile_feeder_reaches_its_camera_only_and_stays_under_the_cap(
    town: Town, wall: Firewall
) -> None:
    wall.lay()
    seen = attempt(town, "feeder", "user")
    nothing = {
        f"{what} {port}": 0 for port in (PORT, OTHER_PORT) for what in ("opened", "tcp", "udp")
    }
    assert seen.stranger == nothing
    assert seen.stranger_cable_bytes == 0
    assert seen.loopback == {f"{what} {LOOPBACK_PORT}": 0 for what in ("opened", "tcp", "udp")}
    assert {
        name: taken
        for name, taken in seen.camera.items()
        if name not in {f"opened {PORT}", f"tcp {PORT}"}
    } == {name: 0 for name in nothing if name not in {f"opened {PORT}", f"tcp {PORT}"}}
    # The camera itself it reaches, up to the cap: it was let in, it spoke, and by far not all that
    # it wanted to say came.
    assert seen.camera[f"opened {PORT}"] >= 1
    # Until the listener was asked, at most a minute went by; it is the burst that counts.
    cap_bytes = BURST_BYTES + 60 * BYTES_PER_S
    assert 0 < seen.camera[f"tcp {PORT}"] <= cap_bytes
    counted = wall.counted()
    assert seen.camera[f"tcp {PORT}"] <= counted.sent_bytes
    assert counted.refused_bytes > 0
    # Packets without content are apart from the cap; a hostile process has little use for them, and
    # they are few.
    assert 0 < seen.camera_cable_bytes <= 2 * cap_bytes
    assert counted.sent_bytes <= 2 * cap_bytes


def test_without_the_firewall_the_same_process_reaches_everyone(town: Town) -> None:
    seen = attempt(town, "feeder", "user")
    for heard in (seen.camera, seen.stranger):
        for port in (PORT, OTHER_PORT):
            assert heard[f"tcp {port}"] > 10 * (BURST_BYTES + 60 * BYTES_PER_S)
            assert heard[f"udp {port}"] > 0
    assert seen.loopback[f"tcp {LOOPBACK_PORT}"] > 0
    assert seen.stranger_cable_bytes > seen.stranger[f"tcp {PORT}"]


@pytest.mark.parametrize("held", ["place", "locked"])
def test_a_hostile_sensor_behind_a_feeder_gets_not_a_byte_out(
    town: Town, wall: Firewall, held: str
) -> None:
    wall.lay()
    seen = attempt(town, "sensor", held)
    assert (
        set(seen.camera.values())
        == set(seen.stranger.values())
        == set(seen.loopback.values())
        == {0}
    )
    assert (seen.camera_cable_bytes, seen.stranger_cable_bytes) == (0, 0)
    # Inside its own network there is a loopback without an address that is up: nothing takes even a
    # first byte.
    assert set(seen.said.values()) == {0}


def test_the_same_sensor_without_its_walls_gets_bytes_out_everywhere(town: Town) -> None:
    seen = attempt(town, "sensor", "open")
    assert (
        min(
            seen.camera[f"tcp {PORT}"],
            seen.stranger[f"tcp {PORT}"],
            seen.loopback[f"tcp {LOOPBACK_PORT}"],
        )
        > 0
    )
    assert min(seen.camera_cable_bytes, seen.stranger_cable_bytes) > 0
    assert seen.said["others"] > 0


def test_the_firewall_is_measured_as_laid_and_its_absence_or_change_is_seen(
    town: Town, wall: Firewall
) -> None:
    assert town.at("camera")
    assert (wall.is_laid, wall.holds(), wall.refuses()) == (False, False, False)
    wall.lay()
    assert (wall.is_laid, wall.holds(), wall.refuses()) == (True, True, True)
    assert nft("insert", "rule", "inet", TABLE, "sent", "accept").returncode == 0
    assert (wall.holds(), wall.refuses()) == (False, False)
    wall.lay()
    assert (wall.holds(), wall.refuses()) == (True, True)
    assert nft("flush", "ruleset").returncode == 0
    assert (wall.holds(), wall.refuses()) == (False, False)


def test_a_firewall_that_is_left_behind_is_replaced_and_one_that_is_gone_is_no_error(
    town: Town, wall: Firewall
) -> None:
    assert town.at("camera")
    Firewall(Peer(STRANGER, 1), uid=visible_files.FEEDER_UID).lay()
    wall.lay()
    assert wall.holds()
    listed = nft("list", "ruleset").stdout
    assert CAMERA in listed
    assert STRANGER not in listed
    wall.remove()
    wall.remove()
    assert nft("list", "ruleset").stdout == ""


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7"])
def test_the_rules_are_valid_for_both_versions_of_the_protocol(town: Town, host: str) -> None:
    assert town.at("camera")
    rules = Firewall(Peer(host, 554), uid=visible_files.FEEDER_UID).rules()
    done = nft("-c", "-f", "-", text=rules)
    assert (done.returncode, done.stderr) == (0, "")
    assert nft("-c", "-f", "-", text=rules.replace("tcp", "tpc")).returncode != 0


def box_counted() -> int:
    """Return what the box's own firewall has counted of the feeder."""
    listed = nft("list", "counter", "inet", "people_count", "feeder_bytes").stdout
    return int(listed.split(" bytes ")[1].split()[0])


def test_beside_the_boxs_own_firewall_both_must_let_a_packet_pass_and_count_the_same(
    town: Town, wall: Firewall
) -> None:
    assert nft("-f", str(BOX_RULES)).returncode == 0
    wall.lay()
    unnamed = attempt(town, "feeder", "user")
    assert {*unnamed.camera.values(), *unnamed.stranger.values()} == {0}
    camera = f"{{ {CAMERA} . {PORT} }}"
    assert nft("add", "element", "inet", "people_count", "cameras", camera).returncode == 0
    wall.lay()
    seen = attempt(town, "feeder", "user")
    assert 0 < seen.camera[f"tcp {PORT}"] <= BURST_BYTES + 60 * BYTES_PER_S
    assert set(seen.stranger.values()) == {0}
    # A connection that was closed still tries now and then, so the one count is taken between two
    # of the other.
    assert box_counted() <= wall.counted().sent_bytes
    assert wall.counted().sent_bytes <= box_counted()


def test_where_it_cannot_be_laid_there_is_none(town: Town) -> None:
    assert town.at("camera")
    with pytest.raises(ProcessError, match="firewall: nft says"):
        Firewall(Peer("192.0.2.7", 554), uid=-5).lay()
