# SPDX-License-Identifier: Apache-2.0
"""A small process: what only the start needed is let go of, and everything goes on as before."""

import subprocess
import sys

import pytest

from edge_agent.vision import memory

RSS = """
def rss_kb():
    with open("/proc/self/smaps_rollup") as rows:
        return next(int(row.split()[1]) for row in rows if row.startswith("Rss:"))
"""


def told(code: str) -> list[str]:
    """Run code in a process of its own, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", RSS + code], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_code_that_only_the_start_needed_leaves_memory_and_comes_back_where_it_is_needed() -> None:
    before, after, found = told(
        "import cv2, numpy as np\nfrom edge_agent.vision.memory import release_code_pages\n"
        "picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)\nwanted = "
        "cv2.resize(picture, (8, 8)).tolist()\n"
        "before = rss_kb(); release_code_pages(); after = rss_kb()\n"
        "print(before, after, cv2.resize(picture, (8, 8)).tolist() == wanted)"
    )
    assert int(after) < int(before) - 5_000
    assert found == "True"


def test_what_was_freed_is_given_back() -> None:
    (before, after) = told(
        "from edge_agent.vision.memory import return_freed_memory, "
        "share_one_heap\nshare_one_heap()\n"
        "kept = [bytearray(60_000) for _ in range(600)]\nlast = bytearray(60_000)\nkept.clear()\n"
        "before = rss_kb(); return_freed_memory(); print(before, rss_kb())"
    )
    assert int(after) < int(before) - 20_000


HEAD = "7f00-7f80 {rights} 00000000 fe:00 12 {path}"


@pytest.mark.parametrize(
    ("rights", "path", "dirty_kb", "goes"),
    [
        ("r-xp", "/usr/lib/libone.so", 0, True),
        ("r-xp", "/usr/lib/one with a blank.so", 0, True),
        (
            "r-xp",
            "/usr/lib/libone.so",
            4,
            False,
        ),  # Somebody wrote to it: the file could not give that back.
        ("rwxp", "/usr/lib/libone.so", 0, False),
        (
            "r--p",
            "/usr/lib/libone.so",
            0,
            False,
        ),  # Addresses that the loader filled in lie in such pages.
        ("r-xs", "/dev/video0", 0, False),
        ("r-xp", "[vdso]", 0, False),
        ("r-xp", "", 0, False),
    ],
)
def test_only_code_that_a_file_can_give_back_is_let_go_of(
    rights: str, path: str, dirty_kb: int, *, goes: bool
) -> None:
    rows = [
        HEAD.format(rights=rights, path=path),
        "Pss: 12 kB",
        f"Private_Dirty: {dirty_kb} kB",
        "VmFlags: rd ex",
    ]
    assert list(memory._clean_code(rows)) == ([(0x7F00, 0x7F80)] if goes else [])
