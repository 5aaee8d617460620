# SPDX-License-Identifier: Apache-2.0
"""A recorded day, a minute at a time: who is enrolled, and what comes in."""

from collections.abc import Callable, Mapping, Sequence
from random import Random

from fusion_service.exercise.crowd import Minute
from fusion_service.exercise.recorded.box import RecordedBox
from fusion_service.exercise.scenario import MINUTE_S, Inject, Recorded, Scenario
from fusion_service.ingest.examined import Received
from fusion_service.store.rows import WindowRow


class RecordedDay:
    """The boxes of a recording. Of what was true nothing is known, so its minutes say nothing."""

    def __init__(
        self,
        scenario: Scenario,
        recorded: Recorded,
        windows: Mapping[str, Sequence[WindowRow]],
        *,
        injects: Callable[[], Sequence[Inject]],
        chance: Callable[[str], Random],
        commit_s: int,
    ) -> None:
        """windows: of each box, of the recording's own time. commit_s: after a minute's end.

        injects: what happens at any time, as it stands when it is asked.
        """
        self._commit_s = commit_s
        self.boxes = [
            RecordedBox(
                scenario.site.id,
                device,
                rows,
                moved_s=scenario.start_s - recorded.from_s,
                injects=injects,
                chance=chance(device),
            )
            for device, rows in windows.items()
        ]

    def advance(self, start_s: int, _injects: Sequence[Inject]) -> tuple[Minute, list[Received]]:
        """Let a minute pass; return what is known of it, and what comes in until its commit.

        What holds in the minute is not enough: a window may be of one before.
        """
        until_ms = (start_s + MINUTE_S + self._commit_s) * 1000
        came = [message for box in self.boxes for message in box.report(start_s, until_ms)]
        return Minute(start_s, {}, {}, {}), came
