# SPDX-License-Identifier: Apache-2.0
"""An installer's tally against a real ledger of real released windows, through the command line."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from development.fakes.messages import BOOT, RUN, Signer
from edge_agent.channel import Kind
from edge_agent.config.calibration_file import calibration_file
from edge_agent.config.schema import load
from edge_agent.disclosure.gate import Gate
from edge_agent.disclosure.window import Provenance, Sender
from edge_agent.errors import ConfigError, StoreError
from edge_agent.operations.calibrate import HandCount, calibrate
from edge_agent.store.layout import LEDGER_FILE
from edge_agent.store.ledger import Ledger, LedgerEntry
from wire_contract.codec import join, signed_bytes
from wire_contract.messages.report import Clock, ClockQuality, Health, Level, Rule
from wire_contract.topics import Channel

PROGRAM = Path(sys.executable).with_name("edge-agent")
START_S = 1_800_000_000
LENGTH_S, WINDOWS = 60, 30
COUNTED_IN, COUNTED_OUT = 12, 8
TEXT = """
site = "test"
device = "box"
test_site = true
[camera]
source = "file"
path = "street.avi"
[[lines]]
id = "door"
a = [0, 100]
b = [200, 100]
[[lines]]
id = "gate"
a = [0, 200]
b = [200, 200]
[store]
directory = "box"
[keys]
directory = "keys"
"""


@dataclass
class Installed:
    """A box that has run for half an hour, counting nine people of ten, and its config."""

    config: Path

    def run(
        self, *, seen_as: tuple[int, int, int, int] = (0, 3, 2, 1), left_out: int | None = None
    ) -> None:
        config = load(self.config)
        store = config.store.directory
        store.mkdir()
        ledger, signer = Ledger(store / LEDGER_FILE, bytes_max=2**24), Signer()
        rule = Rule(config.disclosure.rule, config.disclosure.parameters())
        sender = Sender(
            "test",
            "box",
            ledger.stream,
            Provenance(BOOT, "c" * 64, Level.PROCESS, Clock.LIVE, rule),
        )
        gate = Gate(
            sender,
            schema=config.record_schema(),
            line_ids=("door", "gate"),
            zone_ids=(),
            noise_key=b"n" * 32,
            run=RUN,
        )
        health = Health(temperature=1, disk=1, outbox=1, link=1)
        for window in range(WINDOWS):
            start_s = START_S + LENGTH_S * window
            said = {
                (Kind.LINE, 0): (COUNTED_IN, COUNTED_OUT, 0, 0),
                (Kind.LINE, 1): (0, 0, 0, 0),
                (Kind.IMAGE_QUALITY, 0): seen_as,
            }
            body = gate.disclose(said, at_ms=start_s * 1000, health=health)
            if window != left_out:
                sequence = ledger.size() + 1
                quality = ClockQuality.SYNCHRONISED
                payload = gate.report(
                    body, sequence=sequence, start_s=start_s, length_s=LENGTH_S, quality=quality
                )
                envelope = join(payload, signer.key.sign(signed_bytes(Channel.REPORT, payload)))
                ledger.append(
                    LedgerEntry(sequence, Channel.REPORT, sequence, start_s * 1000, envelope)
                )
        ledger.close()


@pytest.fixture
def box(tmp_path: Path) -> Installed:
    (tmp_path / "box.toml").write_text(TEXT)
    return Installed(tmp_path / "box.toml")


def tally(
    *,
    windows: int = WINDOWS,
    first: int = 0,
    entered: int = 400,
    left: int = 267,
    line: str = "door",
) -> HandCount:
    begin_s = START_S + LENGTH_S * first
    return HandCount(line, begin_s, begin_s + LENGTH_S * windows, entered, left)


def test_what_a_tally_says_stands_beside_the_config_and_in_its_hash(box: Installed) -> None:
    box.run()
    before = load(box.config)
    found = calibrate(box.config, (), tally())
    assert (
        40 <= found.bias_permille <= 190
    )  # nine of ten were counted: 111, give or take four times what the noise adds
    assert found.spread_permille < 40
    assert (found.windows, found.tallied) == (WINDOWS, 667)
    after = load(box.config)
    assert (after.lines[0].bias_permille, after.lines[0].spread_permille) == (
        found.bias_permille,
        found.spread_permille,
    )
    assert (after.lines[1].bias_permille, after.lines[1].spread_permille) == (None, None)
    assert after.sha256() != before.sha256()


def test_only_what_was_released_goes_in(box: Installed) -> None:
    box.run()
    found = calibrate(box.config, (), tally())
    ledger = Ledger(load(box.config).store.directory / LEDGER_FILE, bytes_max=2**24)
    reports = [json.loads(entry.envelope.rpartition(b"\n")[0]) for entry in ledger.after(0)]
    ledger.close()
    released = [(report["lines"][0]["in"], report["lines"][0]["out"]) for report in reports]
    assert found.released == sum(map(sum, released))
    # Window by window, because the noise of them all may well come to nothing.
    assert set(released) != {(COUNTED_IN, COUNTED_OUT)}


def test_more_tallies_make_a_line_surer(box: Installed) -> None:
    box.run()
    first = calibrate(box.config, (), tally(windows=15, entered=200, left=133))
    second = calibrate(box.config, (), tally(first=15, windows=15, entered=200, left=133))
    assert second.spread_permille < first.spread_permille
    assert (second.windows, second.tallied, len(second.spans)) == (30, 666, 2)


@pytest.mark.parametrize(
    ("hand", "said"),
    [
        (tally(line="wall"), "--line: got wall, wanted one of door, gate"),  # no such line
        (
            HandCount("door", START_S + 1, START_S + 601, 90, 90),
            "wanted whole windows of 60 s",
        ),  # not on the bounds
        (HandCount("door", START_S + 600, START_S, 90, 90), "in this order"),  # backwards
        (tally(entered=-1), "people, 0 or more"),  # no number of people
        (tally(entered=267, left=400), "they fit far better exchanged"),  # the wrong way round
        (tally(entered=4000, left=2667), "is it this line, and this clock?"),  # ten times as many
        (tally(windows=2, entered=17, left=12), "say too little"),  # two minutes
        (tally(line="gate", entered=0, left=0), "say too little"),  # nobody
    ],
)
def test_a_tally_that_cannot_be_right_is_refused_in_words(
    box: Installed, hand: HandCount, said: str
) -> None:
    box.run()
    with pytest.raises(ConfigError, match=said.replace("?", r"\?")):
        calibrate(box.config, (), hand)
    assert not calibration_file(box.config).exists()


def test_minutes_are_not_counted_twice(box: Installed) -> None:
    box.run()
    calibrate(box.config, (), tally())
    with pytest.raises(ConfigError, match=r"are in .* already"):
        calibrate(box.config, (), tally(first=29, windows=1))


def test_a_window_that_is_missing_or_was_not_seen_is_named(box: Installed) -> None:
    box.run(left_out=4)
    with pytest.raises(StoreError, match=rf"window at {START_S + 240} .* is not in the ledger"):
        calibrate(box.config, (), tally())


def test_a_window_that_is_no_ordinary_count_is_named(box: Installed) -> None:
    box.run(seen_as=(7, 3, 2, 3))
    with pytest.raises(
        StoreError, match=rf"window at {START_S} .* is no ordinary count: image quality code 7"
    ):
        calibrate(box.config, (), tally())


def test_a_tally_holds_for_the_scene_it_was_made_in(box: Installed) -> None:
    box.run()
    calibrate(box.config, (), tally())
    box.config.write_text(TEXT.replace("b = [200, 100]", "b = [250, 100]"))
    with pytest.raises(ConfigError, match=r"lines\.door: made before the line"):
        load(box.config)


def test_a_file_that_is_none_is_refused(box: Installed) -> None:
    calibration_file(box.config).write_text('{"lines": {"door": {"bias_permille": "much"}}}')
    with pytest.raises(ConfigError, match="not what edge-agent calibrate writes"):
        load(box.config)


def test_the_command_takes_times_with_a_zone_and_prints_what_it_found(box: Installed) -> None:
    box.run()
    times = ("--from", "2027-01-15T08:00:00Z", "--to", "2027-01-15T10:30:00+02:00")
    command = [
        PROGRAM,
        "calibrate",
        box.config,
        "--line",
        "door",
        *times,
        "--in",
        "400",
        "--out",
        "267",
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, json.loads(done.stdout)["windows"]) == (0, WINDOWS), done.stderr
    assert str(calibration_file(box.config)) in done.stderr
    bad = subprocess.run(
        [*command, "--to", "noon"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (bad.returncode, "--to: got noon" in bad.stderr) == (2, True)


def test_windows_at_the_cap_cannot_be_compared_with_a_tally(box: Installed) -> None:
    box.config.write_text(TEXT.replace('id = "door"', f'id = "door"\ncount_max = {COUNTED_IN}'))
    box.run()
    with pytest.raises(StoreError, match="is a lower bound at line door: it reached count_max"):
        calibrate(box.config, (), tally())
