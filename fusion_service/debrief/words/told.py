# SPDX-License-Identifier: Apache-2.0
"""All that the printed debrief says in one language, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass


# More attributes than ten, because a document has so many sentences.
@dataclass(frozen=True, slots=True)
class DebriefWords:
    """Sentences by their place; `{}` is filled in. deeds, kinds: by the word that the log has."""

    language: str
    title: str
    exercise: str
    intro: str
    truth_unknown: str
    forecasts_unknown: str
    levels: tuple[str, str, str, str]
    leads_head: str
    leads_columns: tuple[str, ...]
    leads_none: str
    before: str
    after: str
    never: str
    same: str
    forecasts_head: str
    forecasts_columns: tuple[str, ...]
    peak: str
    hours: str
    line_head: str
    line_columns: tuple[str, ...]
    nothing: str
    not_shown: str
    interval: str
    uncounted: str
    said: str
    alarm: str
    alarm_ended: str
    measure: str
    done: str
    undone: str
    erased: str
    centre: str
    measure_unknown: str
    alarms_head: str
    alarms_columns: tuple[str, ...]
    not_seen: str
    open: str
    site_head: str
    control_head: str
    control_columns: tuple[str, ...]
    script: str
    notes_head: str
    notes_columns: tuple[str, ...]
    kinds: Mapping[str, str]
    deeds: Mapping[str, str]
    control_deeds: Mapping[str, str]
