# SPDX-License-Identifier: Apache-2.0
"""An exercise as its own process, with its API; looked at until it is stopped."""

from pathlib import Path
from typing import Self

from development.testbed.program import HOST, Program, StageError, find_program, free_port, listens

OVER = " messages committed"
PLAYED_S = 300.0


class Exercise:
    """One exercise and its folder. speed: None is as fast as it goes."""

    def __init__(
        self, folder: Path, scenario: Path, site: Path, *, speed: float | None = None
    ) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.config = folder / "fusion.toml"
        self.config.write_text('[store]\npath = "exercise.sqlite"\n', "utf-8")
        pace = [] if speed is None else ["--speed", str(speed)]
        self.program = Program(
            [
                find_program("fusion-service"),
                *("exercise", "run", str(scenario), "--site", str(site)),
                *("--store", str(folder / "exercise.sqlite"), "--port", str(self.port)),
                *pace,
            ],
            folder / "exercise.log",
        )

    def __enter__(self) -> Self:
        self.program.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.program.stop()

    def wait_until_it_answers(self) -> None:
        """Wait until its API answers: its first minute is over then."""
        self.program.wait_until(lambda: listens(self.port) and self._has_begun())

    def wait_until_it_is_over(self) -> None:
        """Wait until all its minutes are played."""
        self.program.wait_until(self.is_over, PLAYED_S)

    def is_over(self) -> bool:
        """Say whether its last minute is over. Raises StageError where it ended by itself."""
        code = self.program.poll()
        if code is not None:
            raise StageError(f"the exercise ended with {code}; {self.program.last_words()}")
        return OVER in self.program.words()

    def _has_begun(self) -> bool:
        """Say whether there is a local key: the port is bound before anything else."""
        return (self.folder / "local.key").exists()
