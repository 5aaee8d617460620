# SPDX-License-Identifier: Apache-2.0
"""What is shown while the film plays: the newest window, the sums so far, how far it is."""

from datetime import datetime, timedelta
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from development.demo.stage import Demonstration
from development.demo.sums import Names, line_sums, zone_mean
from development.testbed.times import unix_ms, unix_s

NOT_SEEN = "not seen"


class Progress:
    """How much of the film has been counted, and when it ends."""

    def __init__(self, seconds: float, *, fast: bool) -> None:
        """Begin now; `seconds` is how long the film is, 0 where its container does not say."""
        self._seconds, self._fast = seconds, fast
        self._began = datetime.now().astimezone()

    def words(self, windows: list[dict[str, Any]]) -> str:
        """Say how far it is: by the windows committed, and in real time by the clock."""
        done_s = sum(window["length_s"] for window in windows)
        if self._seconds <= 0:
            return f"{done_s} s of the film counted; its container does not say how long it is"
        share = min(1.0, done_s / self._seconds)
        said = (
            f"{min(done_s, round(self._seconds))} of {self._seconds:.0f} s of the film counted, "
            f"{share:.0%}"
        )
        if not self._fast:
            return f"{said}, ends at {self._began + timedelta(seconds=self._seconds):%H:%M:%S}"
        if share == 0:
            return said
        left_s = (datetime.now().astimezone() - self._began).total_seconds() * (1 - share) / share
        return (
            f"{said}, ends at about "
            f"{datetime.now().astimezone() + timedelta(seconds=left_s):%H:%M:%S}"
        )


def picture(
    windows: list[dict[str, Any]],
    shown: Demonstration,
    progress: Progress,
    names: Names,
    *,
    fast: bool,
) -> Group:
    """Draw the live table."""
    pace = "as fast as it goes, on the file's own clock" if fast else "in real time"
    last = windows[-1] if windows else None
    table = Table(title=f"{shown.name}, {pace}", title_justify="left")
    for column in ("line or zone", "last window (80 % interval)", "so far"):
        table.add_column(column)
    for name, counts in line_sums(windows, names).items():
        now = next((line for line in last["lines"] if line["line"] == name), None) if last else None
        ways = (
            f"in {counted(now, 'in', 'in_count')}  out {counted(now, 'out', 'out_count')}"
            if now
            else NOT_SEEN
        )
        table.add_row(f"line {name}", ways, f"in {told(counts[0])}  out {told(counts[1])}")
    for name in names.zones:
        zone = (
            next((zone for zone in last["zones"] if zone["zone"] == name), None) if last else None
        )
        mean = zone_mean(windows, name)
        seen = (
            f"mean {counted(zone, 'mean', 'mean')}  peak {counted(zone, 'peak', 'peak')}"
            if zone
            else NOT_SEEN
        )
        table.add_row(f"zone {name}", seen, f"mean {NOT_SEEN if mean is None else f'{mean:.1f}'}")
    waiting = shown.waiting()
    delay = "not told under the file's clock" if fast else delay_words(last)
    status = (
        f"{len(windows)} windows committed, {waiting} in the outbox, link {shown.device()['link']}"
    )
    return Group(
        table, Text(progress.words(windows)), Text(status), Text(f"window end to commit: {delay}")
    )


def told(count: int | None) -> str:
    """Write a count; one that nobody saw is no 0."""
    return NOT_SEEN if count is None else str(count)


def counted(part: dict[str, Any], name: str, key: str) -> str:
    """Write a released count with its interval, as in 6 (4 to 8)."""
    low, high = part.get(f"{name}_low"), part.get(f"{name}_high")
    if part[key] is None or low is None:
        return told(part[key])
    return f"{part[key]} ({low} to {high})" if high is not None else f"{part[key]} ({low} or more)"


def in_words(window: dict[str, Any]) -> str:
    """Say one window on one line."""
    lines = [
        f"{line['line']} in {counted(line, 'in', 'in_count')} out "
        f"{counted(line, 'out', 'out_count')}"
        for line in window["lines"]
    ]
    zones = [
        f"{zone['zone']} mean {counted(zone, 'mean', 'mean')} peak {counted(zone, 'peak', 'peak')}"
        for zone in window["zones"]
    ]
    return ", ".join(lines + zones) or NOT_SEEN


def delay_words(window: dict[str, Any] | None) -> str:
    """Say how long after its end a window was committed."""
    if window is None or window["committed_at"] is None:
        return "-"
    began_s, committed_s = unix_s(window["start"]), unix_ms(window["committed_at"]) / 1000
    return f"{committed_s - began_s - window['length_s']:.2f} s"
