# SPDX-License-Identifier: Apache-2.0
"""Heads that somebody has counted: `frame TAB people`, a line for each frame that was counted.

Frame 0 is the first. Lines that begin with # are comments, empty ones are skipped, and the first
other line may be a header, such as `frame TAB people`. Frames may be left out and stand in any
order; none may be counted twice.
"""

from pathlib import Path

from edge_agent.errors import ConfigError

PEOPLE_MAX = 100_000
FRAMES_MAX = 10_000_000
WANTED = "wanted FRAME TAB PEOPLE, two whole numbers from 0"
COLUMNS = 2


def read_counts(path: Path) -> dict[int, int]:
    """Return the people by frame. Raises ConfigError naming file and line for anything else."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}; wanted a text in UTF-8") from error
    counts: dict[int, int] = {}
    may_be_header = True
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in line.rstrip().split("\t")]
        if may_be_header and _is_header(cells):
            may_be_header = False
            continue
        may_be_header = False
        frame, people = _row(f"{path}:{number}", line, cells)
        if frame in counts:
            raise ConfigError(
                f"{path}:{number}: got frame {frame} a second time, wanted each frame once"
            )
        counts[frame] = people
    if not counts:
        raise ConfigError(f"{path}: got no line with a count, {WANTED}")
    return counts


def _is_header(cells: list[str]) -> bool:
    """Say whether these are names of columns: words, none of them a number."""
    return len(cells) == COLUMNS and all(cell and cell[0].isalpha() for cell in cells)


def _row(where: str, line: str, cells: list[str]) -> tuple[int, int]:
    if len(cells) != COLUMNS or not all(cell.isascii() and cell.isdecimal() for cell in cells):
        raise ConfigError(f"{where}: got {line[:60]!r}, {WANTED}")
    frame, people = map(int, cells)
    if frame > FRAMES_MAX or people > PEOPLE_MAX:
        raise ConfigError(
            f"{where}: got {line[:60]!r}, wanted at most frame {FRAMES_MAX} and {PEOPLE_MAX} people"
        )
    return frame, people
