# SPDX-License-Identifier: Apache-2.0
"""Places with and without the marker. A running box is searched in test_on_a_box.py."""

import os
from pathlib import Path

import pytest

from privacy_audit.finding import Mechanism, Verdict
from privacy_audit.pixels import residue_scan, searched_devices, searched_files
from privacy_audit.pixels.pixel_patterns import KINDS, imprint_of, planted
from privacy_audit.target.synthetic_clip import new_marker
from tests.privacy_audit.bare_box import bare_box

MARKER = new_marker()
IMPRINT = imprint_of(MARKER)


def place_of(folder: Path, searched: Path) -> searched_files.SearchPlace:
    return searched_files.place_of_files(
        "a folder", lambda: searched_files.files_under(searched), folder
    )


def test_a_clean_place_is_proven_and_nothing_planted_stays(tmp_path: Path) -> None:
    (tmp_path / "harmless").write_bytes(bytes(10_000))
    finding = residue_scan.look_in(place_of(tmp_path, tmp_path), IMPRINT)
    assert finding.verdict is Verdict.PROVEN
    assert finding.controls == len(KINDS)
    assert "not found in 1 things, 10,000 bytes" in finding.detail
    assert [path.name for path in tmp_path.iterdir()] == ["harmless"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_marker_in_any_encoding_falls(tmp_path: Path, kind: str) -> None:
    (tmp_path / "leak").write_bytes(b"x" * 5_000 + planted(MARKER)[kind])
    finding = residue_scan.look_in(place_of(tmp_path, tmp_path), IMPRINT)
    assert (finding.verdict, finding.mechanism) == (Verdict.FELL, Mechanism.PICTURES)
    assert "leak" in finding.detail


def test_a_place_that_does_not_yield_what_was_planted_is_unproven(tmp_path: Path) -> None:
    blind = tmp_path / "another"
    blind.mkdir()
    finding = residue_scan.look_in(place_of(tmp_path, blind), IMPRINT)
    assert finding.verdict is Verdict.UNPROVEN
    assert "0 were found again" in finding.detail


def test_open_files_without_a_name_are_searched(tmp_path: Path) -> None:
    box = bare_box(tmp_path)
    place = searched_files.SearchPlace(
        "deleted",
        lambda imprint: searched_devices.search_deleted(box, imprint),
        searched_devices.plant_deleted,
    )
    assert residue_scan.look_in(place, IMPRINT).verdict is Verdict.PROVEN
    descriptor = os.open(tmp_path / "gone", os.O_RDWR | os.O_CREAT)
    try:
        os.write(descriptor, MARKER.bgr)
        (tmp_path / "gone").unlink()
        assert residue_scan.look_in(place, IMPRINT).verdict is Verdict.FELL
    finally:
        os.close(descriptor)


def test_the_memory_of_a_process_that_holds_the_marker_shows_it() -> None:
    held = bytearray(MARKER.bgr)
    assert residue_scan.in_memory(os.getpid(), IMPRINT)
    assert held


NAMELESS = b"7f00%d000000-7f00%d002000 rw-p 00000000 00:00 0 "


def test_a_region_without_a_name_hides_none_of_those_behind_it() -> None:
    rows = [
        b"55e000000000-55e000001000 rw-p 00000000 00:00 0                          [heap]",
        *(NAMELESS % (number, number) for number in (1, 2, 3)),
        (
            b"7f0040000000-7f0040001000 r--p 00000000 fe:00 131                        "
            b"/usr/lib/libc.so.6"
        ),
        b"7f0050000000-7f0050001000 ---p 00000000 00:00 0 ",
        NAMELESS % (6, 6),
        b"7ffd00000000-7ffd00001000 r--p 00000000 00:00 0                          [vvar]",
        b"7ffd10000000-7ffd10001000 rw-p 00000000 00:00 0                          [stack]",
    ]
    found = residue_scan.own_regions(b"\n".join(rows) + b"\n")
    own = [
        0x55E000000000,
        0x7F001000000,
        0x7F002000000,
        0x7F003000000,
        0x7F006000000,
        0x7FFD10000000,
    ]
    assert [start for start, _ in found] == own


def test_every_region_of_this_process_is_seen_that_the_kernel_lists_without_a_file() -> None:
    maps = Path("/proc/self/maps").read_bytes()
    columns = [line.split() for line in maps.splitlines()]
    kernels = ("[vvar]", "[vsyscall]")
    own = [
        row for row in columns if row[1].startswith(b"r") and (len(row) < 6 or row[5][:1] == b"[")
    ]
    wanted = [row[0] for row in own if len(row) < 6 or row[5].decode() not in kernels]
    assert list(residue_scan.own_regions(maps)) == [
        tuple(int(end, 16) for end in row.split(b"-")) for row in wanted
    ]


def test_a_box_on_its_own_camera_is_unproven(tmp_path: Path) -> None:
    [finding] = residue_scan.look(bare_box(tmp_path))
    assert finding.verdict is Verdict.UNPROVEN
