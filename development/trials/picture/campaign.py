# SPDX-License-Identifier: Apache-2.0
"""Two centres with one site: nothing is wrong with one, faults come to the other.

First some hours of the past are signed and committed, so that fusion knows the day. Then it goes by
the clock on the wall: boxes are pulled at moments that the seed draws, one lies, and the centre is
killed with -9 and started again.
"""

import sqlite3
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random

from development.testbed.broker import PlainBroker
from development.testbed.centre import Centre
from development.testbed.program import until
from development.trials.picture.judgement import (
    Kill,
    Verdict,
    compare_committed,
    compare_known,
    compare_levels,
    compare_series,
)
from development.trials.picture.looking import LEVELS, Looking
from development.trials.picture.signers import Both, Line, Signers, minute_of, sleep_until
from fusion_service.exercise.scenario import MINUTE_S, Scenario
from fusion_service.store.sqlite.writer import Writer

LOOK_S = 1.0
FIRST_HOUR, LIVE_HOUR = 8.0, 14.7
"""The people begin to come at the first; what is shown live is the fullest hour of the day."""
PULLED, KILLS = 4, 5
QUIET_S = 150
"""Before the first fault: both centres are to say the same."""
PULLED_WITHIN_S = 120
TAIL_S = 240
"""After the last box is pulled: time to be marked in."""
DOWN_S = (0.2, 2.0)
"""A service manager starts it again after so long."""
SETTLE_S = 6.0
BATCH = 500
COMMIT_S = 300.0


class Campaign:
    """One run. Its many attributes are what stands on the stage and what was drawn."""

    def __init__(self, folder: Path, scenario: Scenario, *, seed: int, minutes: int) -> None:
        self._folder, self._scenario = folder, scenario
        self._minutes = minutes
        self._chance = Random(f"{seed} faults")  # noqa: S311 - drawn again alike
        site = scenario.site
        devices = [one.device for one in site.placements]
        counting = [
            one.device
            for one in site.placements
            if any(each.at_zone is not None for each in one.counters)
        ]
        self.liar = self._chance.choice(counting)
        self.pulled = self._chance.sample([one for one in devices if one != self.liar], PULLED)
        self._live_s = self._next_s = 0
        self._seed = seed
        self._pulled_at: dict[str, float] = {}
        self._zones = [zone.id for zone in site.zones]
        self.verdict = Verdict(liar=self.liar)

    def run(self) -> Verdict:
        """Set the stage, let it happen, judge it. Raises StageError where something fails."""
        with ExitStack() as stage:
            brokers, centres = [], []
            for name in ("without", "faulted"):
                folder = self._folder / name
                brokers.append(stage.enter_context(PlainBroker(folder / "broker")))
                centres.append(Centre(folder / "centre", brokers[-1].port))
            self._prepare(stage, brokers, centres)
        return self.verdict

    def _prepare(self, stage: ExitStack, brokers: list[PlainBroker], centres: list[Centre]) -> None:
        hours = int((LIVE_HOUR - FIRST_HOUR) * 3600.0) // MINUTE_S * MINUTE_S
        self._live_s = minute_of(time.time()) + 3 * MINUTE_S
        first_fault_s = minute_of(self._live_s + QUIET_S) + MINUTE_S
        signers = Signers(
            self._scenario,
            seed=self._seed,
            liar=self.liar,
            liar_from_s=first_fault_s,
            first_hour=FIRST_HOUR,
        )
        for centre in centres:
            _enrol(centre, signers)
            centre.start()
            stage.callback(centre.kill)
            centre.wait_until_connected()
        lines = [Line(one.port) for one in brokers]
        for line in lines:
            stage.callback(line.close)
        self._sign_past(signers, lines, centres, hours)
        site_file = self._folder / "site.toml"
        site_file.write_text(self._scenario.site_text, "utf-8")
        for centre in centres:
            centre.draw(site_file)
        without, faulted = (Looking(one, self._scenario.site.id) for one in centres)
        for looking in (without, faulted):
            until(lambda looking=looking: looking.look() and looking.newest_s > 0, "a picture", 120)  # type: ignore[misc]
        _say(f"live from {self._live_s}; pulled {self.pulled}, {self.liar} lies")
        self._live(signers, lines, (without, faulted), first_fault_s)
        compare_committed(self.verdict, faulted.centre.store, lines[1].signed)

    def _sign_past(
        self, signers: Signers, lines: list[Line], centres: list[Centre], hours_s: int
    ) -> None:
        """Sign what was counted until now, and wait until both centres have all of it."""
        begin_s = self._live_s - hours_s
        waiting = list(signers.start(begin_s))
        self._next_s = minute_of(time.time())
        for start_s in range(begin_s, self._next_s, MINUTE_S):
            _, sent = signers.minute(start_s)
            waiting += sent
            if len(waiting) >= BATCH:
                _send(lines, waiting)
                waiting = []
        _send(lines, waiting)
        _say(f"{len(lines[0].signed.reports)} reports of the past signed")
        for centre, line in zip(centres, lines, strict=True):
            wanted = len(line.signed.reports)
            until(lambda c=centre, w=wanted: _committed(c) >= w, "the past", COMMIT_S)  # type: ignore[misc]

    def _live(
        self,
        signers: Signers,
        lines: list[Line],
        lookings: tuple[Looking, Looking],
        first_fault_s: int,
    ) -> None:
        without, faulted = lookings
        end_s = self._live_s + self._minutes * MINUTE_S
        last_pull_s = min(first_fault_s + PULLED_WITHIN_S, end_s - TAIL_S)
        self._pulled_at = {
            one: self._chance.uniform(first_fault_s, last_pull_s) for one in self.pulled
        }
        faulted.seen_from_s = first_fault_s
        slice_s = (end_s - 90.0 - first_fault_s) / KILLS
        kills = [
            first_fault_s + slice_s * (number + self._chance.uniform(0.1, 0.8))
            for number in range(KILLS)
        ]
        stop = threading.Event()
        with ThreadPoolExecutor(2) as threads:
            parts: list[Future[None]] = [
                threads.submit(self._sign_on, signers, lines, end_s, stop),
                threads.submit(without.follow, end_s + 30.0, LOOK_S),
            ]
            try:
                for at_s in kills:
                    faulted.follow(at_s, LOOK_S)
                    self._kill(faulted)
                faulted.follow(end_s + 30.0, LOOK_S)
            finally:
                stop.set()
                for part in parts:
                    part.result()
        self._judge(lookings, first_fault_s)

    def _sign_on(
        self, signers: Signers, lines: list[Line], end_s: int, stop: threading.Event
    ) -> None:
        """Sign minute by minute, each message when its box would send it."""
        for start_s in range(self._next_s, end_s, MINUTE_S):
            sleep_until(start_s + MINUTE_S)
            _, sent = signers.minute(start_s)
            for one in sent:
                sleep_until(one.at_s)
                lines[0].send([one.honest])
                if time.time() < self._pulled_at.get(one.device, end_s + MINUTE_S):
                    lines[1].send([one.faulted])
                if stop.is_set():
                    return

    def _kill(self, looking: Looking) -> None:
        """Kill the centre, start it again, and see what it still knows."""
        centre, kill = looking.centre, Kill()
        asked_ms = int(time.time() * 1000)
        span = {"from_s": self._live_s - 600, "to_s": minute_of(asked_ms / 1000) + MINUTE_S}
        before = looking.series(self._zones, **span)
        by_then = looking.series(self._zones, **span, known_by_ms=asked_ms)
        killed_s = time.time()
        centre.kill()
        time.sleep(self._chance.uniform(*DOWN_S))
        centre.start()
        kill.up_s = time.time() - killed_s
        until(
            lambda: looking.look() and looking.newest_s >= minute_of(time.time()),
            "the newest minute",
            180.0,
        )
        kill.newest_s = time.time() - killed_s
        looking.follow(time.time() + SETTLE_S, LOOK_S)
        over_s = minute_of(asked_ms / 1000)
        compare_series(kill, before, looking.series(self._zones, **span), LEVELS, over_s)
        again = looking.series(self._zones, **span, known_by_ms=asked_ms)
        compare_known(kill, by_then, again, over_s)
        self.verdict.kills.append(kill)
        _say(f"killed at {killed_s:.0f}: {kill}")

    def _judge(self, lookings: tuple[Looking, Looking], first_fault_s: int) -> None:
        without, faulted = lookings
        for device, pulled_s in self._pulled_at.items():
            seen = [
                faulted.conditions.get((sensor, "silent"))
                for sensor in _sensors(self._scenario, device)
            ]
            marked = [one for one in seen if one is not None]
            whole = len(marked) == len(seen)
            self.verdict.marked_s[device] = max(marked) - pulled_s if whole else None
        for sensor in _sensors(self._scenario, self.liar):
            for condition in ("conflicting", "in doubt"):
                seen_s = faulted.conditions.get((sensor, condition))
                if seen_s is not None and self.verdict.liar_marked_s is None:
                    self.verdict.liar_marked_s = seen_s - first_fault_s
                    self.verdict.liar_condition = condition
        compare_levels(
            self.verdict,
            faulted.shown,
            without.shown,
            from_s=self._live_s,
            first_fault_s=first_fault_s,
        )


def _enrol(centre: Centre, signers: Signers) -> None:
    with Writer(centre.store, size_mib_max=1_024, dead_letters_max=100) as writer:
        for box in signers.boxes:
            writer.add_device(box.site, box.device, box.public_key, test_site=False, added_ms=0)


def _send(lines: list[Line], waiting: list[Both]) -> None:
    lines[0].send([one.honest for one in waiting])
    lines[1].send([one.faulted for one in waiting])


def _committed(centre: Centre) -> int:
    with closing(sqlite3.connect(f"file:{centre.store}?mode=ro", uri=True)) as connection:
        (found,) = connection.execute("SELECT count(*) FROM report").fetchone()
    return int(found)


def _sensors(scenario: Scenario, device: str) -> list[str]:
    placement = next(one for one in scenario.site.placements if one.device == device)
    return [
        f"{device}/line/{each.line}" if each.line is not None else f"{device}/zone/{each.zone}"
        for each in placement.counters
    ]


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
