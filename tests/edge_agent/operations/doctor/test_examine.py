# SPDX-License-Identifier: Apache-2.0
"""What the doctor says of a box, made of the files that gate and uplink leave."""

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from development.fakes.clock import FakeClock
from edge_agent.errors import CameraFault
from edge_agent.health import LinkClass, disk_class
from edge_agent.keys import generate
from edge_agent.operations.doctor.diagnosis import Diagnosis, State
from edge_agent.operations.doctor.examine import examine
from edge_agent.processes import camera_state
from edge_agent.processes.camera_state import CameraState
from edge_agent.store.heard import Heard, keep_heard
from edge_agent.store.layout import NOTES_FILE
from edge_agent.store.ledger import Ledger, LedgerEntry
from edge_agent.store.outbox import Acknowledged, Outbox, Waiting
from edge_agent.store.pending import Pending
from edge_agent.store.pending_window import PendingWindow
from edge_agent.uplink.notes import Notes, NoteSubject
from fusion_service.identity.ca import authority
from tests.fusion_service.box import Box
from tests.fusion_service.identity.secure_broker import A, Identities, now
from tests.wire_contract.test_golden import golden
from wire_contract.messages.report import Level
from wire_contract.topics import Channel

ROOT = Path(__file__).parents[4]
MODEL = ROOT / "var" / "models" / "person-ssdlite.onnx"
NAMES = [
    "config",
    "certificate",
    "clock",
    "camera",
    "disk",
    "reports",
    "outbox",
    "acknowledged",
    "broker",
    "link",
]

DISK_FINE = 1
pytestmark = [
    pytest.mark.skipif(
        not MODEL.exists(), reason="the model is not there; run scripts/test, which fetches it"
    ),
    pytest.mark.skipif(
        disk_class(Path(tempfile.gettempdir())) != DISK_FINE,
        reason="a box that is well has a fifth of its disk free, and this machine has less",
    ),
]


class Ward:
    """A box that has run: config, keys, certificate, and three reports that the centre has."""

    def __init__(self, folder: Path, *, certified: timedelta = timedelta(days=1)) -> None:
        self.folder, self.clock = folder, FakeClock(utc_s=time.time(), synchronised=True)
        enrolled = Identities(folder / "identities").device(*A, at=now() - certified)
        generate(folder / "keys")
        (folder / "clip.avi").write_bytes(b"")
        self.config = folder / "box.toml"
        self.config.write_text(
            f'site = "beach"\ndevice = "pier-1"\n[camera]\nsource = "v4l2"\npath = "/dev/video0"\n'
            f'[[lines]]\nid = "door"\na = [0, 100]\nb = [300, 100]\n'
            "[ground_plane]\npixels = [[0, 0], [100, 0], [100, 100], [0, 100]]\nmetres = "
            "[[0, 0], [10, 0], [10, 10], [0, 10]]\n"
            f'[purpose]\ncontroller = "the city"\npurpose = "crowds"\nlegal_basis = "by law"\n'
            f'dpia_reference = "D-1"\ncontact = "the desk"\n'
            f"end_date = 2099-01-01\n"
            f'[broker]\nhost = "broker.example"\nport = 8883\nca_file = "{enrolled}/ca.pem"\n'
            f'certificate_file = "{enrolled}/device.pem"\nkey_file = "{enrolled}/device.key"\n'
            f'[store]\ndirectory = "store"\n[keys]\ndirectory = "keys"\n'
        )
        self.store = folder / "store"
        self.ledger = Ledger(self.store / "ledger.db", bytes_max=2**20)
        self.pending = Pending(self.store / "pending.db", bytes_max=2**20)
        self.outbox = Outbox(self.store / "outbox" / "outbox.db", bytes_max=2**20)
        self.notes = Notes(self.store / "outbox" / NOTES_FILE, self.clock.utc_s)
        self.signer = Box(*A, stream=self.ledger.stream)
        self.sign(1, 2, 3)
        self.outbox.acknowledge(self.ledger.stream, Acknowledged(3, 0))
        self.outbox.set_link(LinkClass.CONNECTED)

    def sign(self, *sequences: int, level: Level = Level.STANDARD) -> None:
        for sequence in sequences:
            envelope = self.signer.seal(self.signer.report(sequence, level=level))
            self.ledger.append(
                LedgerEntry(
                    sequence, Channel.REPORT, sequence, round(1000 * self.clock.utc_s()), envelope
                )
            )
            self.outbox.insert([Waiting(self.ledger.stream, sequence, Channel.REPORT, envelope)])

    def examined(self) -> Diagnosis:
        return examine(self.config, (), self.clock)

    def states(self) -> dict[str, State]:
        """Return the subjects that are not fine."""
        return {
            one.name: one.state for one in self.examined().subjects if one.state is not State.FINE
        }


def test_a_box_that_is_well_is_fine_in_every_subject(tmp_path: Path) -> None:
    ward = Ward(tmp_path)
    found = ward.examined()
    assert [(one.name, one.state) for one in found.subjects] == [
        (name, State.FINE) for name in NAMES
    ], found
    assert found.sentence == "fine: nothing to do"
    told = " ".join(one.found for one in found.subjects)
    for words in (
        "29.0 days left",
        "synchronised",
        "level standard",
        "0 reports and 0 windows wait",
        "up to 3",
        "0 rejected",
        "connected",
    ):
        assert words in told


def test_each_subject_is_seen_to_be_wrong_where_it_is(tmp_path: Path) -> None:
    ward = Ward(tmp_path)
    ward.clock.is_synchronised = False
    assert ward.states() == {"clock": State.LOOK}
    ward.clock.is_synchronised = True
    ward.config.write_text(
        ward.config.read_text().replace('id = "door"', 'id = "door"\ncount_max = 255')
    )
    assert ward.states() == {"config": State.LOOK}
    assert (
        "lines.door.count_max: got 255, but 30.0 m by ground_plane"
        in ward.examined().subjects[0].found
    )
    ward.config.write_text(ward.config.read_text().replace("\ncount_max = 255", ""))
    ward.outbox.acknowledge(ward.ledger.stream, Acknowledged(3, 2))
    assert ward.states() == {"acknowledged": State.LOOK}
    ward.outbox.set_link(LinkClass.DISCONNECTED)
    assert ward.states() == {"acknowledged": State.LOOK, "link": State.LOOK}
    ward.notes.say(
        NoteSubject.SILENT, "report 4 was taken by the broker and not acknowledged by the centre"
    )
    assert ward.states().keys() == {"acknowledged", "link", "uplink: silent"}
    ward.sign(*range(4, 68))
    ward.pending.append([PendingWindow(1, 1, "boot", "synchronised", 0.0, 0, 60, b"")])
    assert ward.states().keys() == {"acknowledged", "link", "uplink: silent", "outbox"}
    assert "64 reports and 1 windows wait" in " ".join(
        one.found for one in ward.examined().subjects
    )
    assert ward.examined().sentence == "look: outbox, acknowledged, link, uplink: silent"
    (ward.folder / "keys" / "signing.key").chmod(0o644)
    assert ward.states()["config"] is State.BROKEN
    assert ward.examined().sentence == "broken: config"


def test_a_camera_with_a_fault_is_named_with_its_place_its_time_and_what_to_do(
    tmp_path: Path,
) -> None:
    ward = Ward(tmp_path)
    for fault in CameraFault:
        camera_state.tell(ward.store, fault.word, utc_s=ward.clock.utc_s() - 3 * 60)
        assert ward.states() == {"camera": State.BROKEN}
        [said] = [one for one in ward.examined().subjects if one.name == "camera"]
        assert said.found.startswith("/dev/video0: ")
        assert "(3 min)" in said.found
        assert "windows say `camera lost`, not zero" in said.found
        assert said.do
    camera_state.tell(ward.store, CameraState.ENDED, utc_s=ward.clock.utc_s())
    assert ward.states() == {"camera": State.LOOK}
    for word in (CameraState.OPENING, CameraState.OPEN, CameraState.RESTING):
        camera_state.tell(ward.store, word, utc_s=ward.clock.utc_s())
        assert ward.states() == {}


def test_of_a_network_camera_the_doctor_says_where_it_is_and_nothing_that_opens_it(
    tmp_path: Path,
) -> None:
    ward = Ward(tmp_path)
    text = ward.config.read_text().replace(
        'source = "v4l2"\npath = "/dev/video0"',
        'source = "rtsp"\nhost = "192.0.2.7"\nport = 554\nurl_path = "/hidden?word=x"',
    )
    ward.config.write_text(text)
    camera_state.tell(ward.store, CameraFault.NO_ENTRY.word, utc_s=ward.clock.utc_s())
    [said] = [one for one in ward.examined().subjects if one.name == "camera"]
    assert said.found.startswith(
        "rtsp camera at 192.0.2.7 port 554: refuses the user or the password"
    )
    assert "hidden" not in said.found + said.do


def test_a_box_that_has_stopped_is_seen_by_its_last_report(tmp_path: Path) -> None:
    ward = Ward(tmp_path)
    ward.clock.advance(600.0)
    assert ward.states() == {"reports": State.LOOK}


def test_a_level_that_the_centre_refuses_is_broken(tmp_path: Path) -> None:
    ward = Ward(tmp_path)
    ward.sign(4, level=Level.PROCESS)
    assert ward.states() == {"reports": State.BROKEN}


@pytest.mark.parametrize(
    ("certified_days", "state"),
    [(1, State.FINE), (20, State.FINE), (22, State.LOOK), (31, State.BROKEN), (-2, State.BROKEN)],
)
def test_the_days_that_are_left_of_the_certificate(
    tmp_path: Path, certified_days: int, state: State
) -> None:
    ward = Ward(tmp_path, certified=timedelta(days=certified_days))
    assert ward.states().get("certificate", State.FINE) is state
    if state is State.LOOK:
        # What came over the broker counts, not what was enrolled once.
        renewed = Identities(tmp_path / "other").device(*A) / "device.pem"
        (ward.store / "outbox" / "certificate-1.pem").write_bytes(renewed.read_bytes())
        assert ward.states() == {}


@pytest.mark.parametrize(
    ("root_days", "state"), [(100, State.FINE), (50, State.LOOK), (-1, State.BROKEN)]
)
def test_the_days_that_are_left_of_the_root_that_the_box_trusts(
    tmp_path: Path, root_days: int, state: State
) -> None:
    ward = Ward(tmp_path)
    made = now() - timedelta(days=400 - root_days)
    root = authority.make(tmp_path / "other", days=400, now=made)
    ward.config.write_text(
        ward.config.read_text().replace(f"{tmp_path}/identities/beach.pier-1/ca.pem", str(root))
    )
    assert ward.states().get("certificate", State.FINE) is state
    found = next(one.found for one in ward.examined().subjects if one.name == "certificate")
    assert f"its root for {root_days} days" in found


def test_a_box_that_has_never_run_is_told_so_and_a_file_that_is_none_is_broken(
    tmp_path: Path,
) -> None:
    ward = Ward(tmp_path)
    for file in (ward.ledger, ward.pending, ward.outbox, ward.notes):
        file.close()
    path = ward.store / "ledger.db"
    path.write_bytes(b"not a database" * 100)
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (ward.store / name).unlink(missing_ok=True)
    assert ward.states()["reports"] is State.BROKEN
    path.unlink()
    assert ward.states()["reports"] is State.LOOK
    assert not path.exists(), "the doctor makes no file"


def test_it_reads_only(tmp_path: Path) -> None:
    ward = Ward(tmp_path)
    before = {
        path: path.read_bytes()
        for path in sorted(ward.store.rglob("*"))
        if path.is_file() and not path.name.endswith("-shm")
    }
    ward.examined()
    after = {
        path: path.read_bytes()
        for path in sorted(ward.store.rglob("*"))
        if path.is_file() and not path.name.endswith("-shm")
    }
    assert after == before
    with closing(sqlite3.connect(ward.store / "ledger.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_command_ends_in_one_verdict_and_an_exit_code(tmp_path: Path) -> None:
    ward = Ward(tmp_path)
    command = [Path(sys.executable).with_name("edge-agent"), "doctor", ward.config]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] in {
        "fine: nothing to do",
        "look: clock",
    }  # as this machine's own clock is
    ward.config.write_text("site = 1\n")
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["sentence"] == "broken: config"


def test_a_box_that_a_signed_config_has_moved_says_so_and_a_changed_config_file_is_newer(
    tmp_path: Path,
) -> None:
    ward = Ward(tmp_path)

    def found() -> str:
        return next(one.found for one in ward.examined().subjects if one.name == "broker")

    named = found().partition(",")[0]
    assert found() == f"{named}, as the config file says"
    notes = ward.notes
    notes.change(
        "CREATE TABLE broker (only_row INTEGER PRIMARY KEY, serial INTEGER, host TEXT, port "
        "INTEGER, configured TEXT, since_s INTEGER)"
    )
    notes.change("INSERT INTO broker VALUES (1, 77, 'new.example', 8883, ?, 1800000000)", (named,))
    assert found() == (
        "new.example:8883 since 2027-01-15 08:00 UTC, by signed config 77; the config file names "
        f"{named}"
    )
    notes.change("UPDATE broker SET configured = 'elsewhere:1'")
    assert found() == f"{named}, as the config file says"


def test_what_the_centre_has_lost_is_said_and_that_it_comes_again_by_itself(tmp_path: Path) -> None:
    ward = Ward(tmp_path)
    keep_heard(ward.outbox, ward.ledger.stream, Heard(Box().stream, 1, 1))
    ward.notes.say(
        NoteSubject.BEHIND, "the centre acknowledged 3 entries of x once, and holds fewer now"
    )
    assert ward.states() == {"acknowledged": State.LOOK, "uplink: behind": State.LOOK}
    (subject,) = (one for one in ward.examined().subjects if one.name == "acknowledged")
    assert "the centre has lost what came after 1, and is sent it again" in subject.found
    keep_heard(ward.outbox, ward.ledger.stream, Heard(Box().stream))
    ward.notes.say(NoteSubject.BEHIND, None)
    assert ward.states() == {}


def test_an_outbox_that_an_earlier_release_keeps_is_read_all_the_same(tmp_path: Path) -> None:
    ward = Ward(tmp_path)
    ward.outbox.change("DROP TABLE heard")
    assert ward.states() == {}


def test_a_word_about_purged_entries_is_no_report(tmp_path: Path) -> None:
    ward = Ward(tmp_path)
    payload = golden("purged.v2").replace(b'"sequence":15', b'"sequence":4')
    envelope = ward.signer.seal_bytes(payload)
    ward.ledger.append(
        LedgerEntry(4, Channel.REPORT, None, round(1000 * ward.clock.utc_s()), envelope)
    )
    assert ward.states() == {}
