# SPDX-License-Identifier: Apache-2.0
"""A wall clock for one process that the campaign sets while the process runs.

`chaos_clock.c` beside is compiled where there is a compiler and preloaded. The shift lies in a file
that the process has mapped for reading, so it can be set after the lock, too.
"""

import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("chaos_clock.c")


class ShiftedClock:
    """The clock of every process that is started with its `environment`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self._library = folder, folder / "chaos_clock.so"
        self._file = folder / f"{name}.clock"
        if not self._library.exists():
            compiler = shutil.which("cc")
            if compiler is None:
                raise FileNotFoundError("no C compiler: apt-get install gcc")
            command = [
                compiler,
                "-shared",
                "-fPIC",
                "-O1",
                "-o",
                str(self._library),
                str(SOURCE),
                "-ldl",
            ]
            subprocess.run(command, check=True)  # noqa: S603 - our own source
        self.set(0)

    @property
    def environment(self) -> dict[str, str]:
        """What a process is started with so that it has this clock."""
        return {"LD_PRELOAD": str(self._library), "CHAOS_CLOCK": str(self._file)}

    def set(self, shift_s: int) -> None:
        """Let the clock be wrong by so many seconds, from now on and for processes that run."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("<q", shift_s))


def why_not() -> str | None:
    """Say what is missing for a shifted clock; None where nothing is."""
    return None if shutil.which("cc") else "no C compiler: apt-get install gcc"
