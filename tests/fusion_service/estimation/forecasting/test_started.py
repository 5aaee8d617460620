# SPDX-License-Identifier: Apache-2.0
"""What a centre does that lacks a library, and what a kill costs: each in a process of its own."""

import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from tests.contracts.test_forecasts import MADE

ROOT = Path(__file__).parents[4]
WITHOUT = """
import sys, threading
from pathlib import Path
from fusion_service.estimation.forecasting.ahead import KnownAhead
from fusion_service.estimation.forecasting.started import Keeping, started
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.reader import Reader
{more}
path = Path(sys.argv[1])
with ForecastFile(path, size_mib_max=64) as keeper:
    found = started(
        keeper,
        Reader(path),
        lambda: {drawn},
        Keeping(path.parent / "forecasts", made_s=1, days_s=86_400),
        now_s=lambda: 1_790_000_000,
        ahead=KnownAhead(lambda _site: 0),
        {told}
    )
    stop = threading.Event()
    stop.set()
    found.run(stop)
    print(found.note)
    print(found.fault, "lightgbm" in sys.modules, "numpy" in sys.modules)
"""
TOLD = "told=Told(None, (), None),"
KILLED = """
import sys
from dataclasses import replace
from pathlib import Path
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from tests.contracts.test_forecasts import MADE, SAID, WARNED
with ForecastFile(Path(sys.argv[1]), size_mib_max=64) as keeper:
    for hour in range(100_000):
        origin_s = MADE.origin_s + hour * 3600
        keeper.keep_made(
            replace(MADE, origin_s=origin_s), SAID, [replace(WARNED, origin_s=origin_s)]
        )
        print(origin_s, flush=True)
"""


def libraries_without(folder: Path, *gone: str) -> str:
    """Return a place with all that is installed here but some."""
    folder.mkdir()
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for each in Path(place).iterdir():
            if not each.name.startswith(gone) and not (folder / each.name).exists():
                (folder / each.name).symlink_to(each)
    return str(folder)


@pytest.mark.parametrize(
    ("gone", "drawn", "note", "numpy"),
    [
        (
            ("lightgbm",),
            {"beach": None},
            "forecasts are by the ratio model: lightgbm not installed: run ",
            True,
        ),
        (
            ("numpy",),
            {"beach": None},
            "nothing is forecast, the trend stands in: numpy not installed: run ",
            False,
        ),
        # Where no site is drawn, nothing is loaded that could forecast one.
        ((), {}, "", False),
    ],
)
def test_a_centre_that_lacks_a_library_says_so_and_goes_on(
    gone: tuple[str, ...], drawn: dict[str, None], note: str, tmp_path: Path, *, numpy: bool
) -> None:
    libraries = libraries_without(tmp_path / "libraries", *gone)
    more = "from fusion_service.estimation.beside.told import Told"
    script = WITHOUT.format(more=more, told=TOLD, drawn=drawn)
    done = subprocess.run(
        [sys.executable, "-S", "-c", script, str(tmp_path / "fusion.sqlite")],
        env={"PYTHONPATH": f"{ROOT}:{libraries}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    said, state = done.stdout.splitlines()
    assert said.startswith(note)
    assert state.split() == ["False", str(numpy)]


def test_what_was_said_is_there_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "fusion.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(20)]
        process.send_signal(signal.SIGKILL)
        told += [int(line) for line in process.stdout.read().splitlines()]
    with ForecastFile(path, size_mib_max=64) as keeper:
        kept = keeper.made_between("beach", MADE.step_s, from_s=0, to_s=2**40)
        warned = keeper.warnings("beach", from_s=0, to_s=2**40)
        assert [one.origin_s for one in kept][: len(told)] == told
        assert len(warned) == len(kept) <= len(told) + 1
        assert all(len(keeper.said(one)) == 2 for one in kept[-3:])
