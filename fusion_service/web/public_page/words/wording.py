# SPDX-License-Identifier: Apache-2.0
"""The sentences of the public page, by what they are for. Names in braces are filled in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublicWords:
    """One language. levels: from green to red. horizons: by how many hours ahead."""

    language: str
    other: str
    other_name: str
    skip: str
    exercise: str
    title: str
    lost: str
    now: str
    counted: str
    late: str
    no_numbers: str
    levels: tuple[str, str, str, str]
    between: str
    range: str
    people: str
    unknown: str
    from_time: str
    coming: str
    hour: str
    made: str
    no_forecast: str
    not_told: str
    today: str
    tomorrow: str
    today_over: str
    sure: str
    sure_two: str
    sure_eight: str
    sure_two_in_ten: str
    sure_rounded: str
    wrong: str
    wrong_means: str
    wrong_yesterday: str
    wrong_month: str
    wrong_days: str
    wrong_unknown: str
    wrong_yesterday_unknown: str
    horizons: dict[int, str]
    counted_what: str
    counted_lines: tuple[str, ...]
    absent: str
    absent_late: str
    absent_lines: tuple[str, ...]
    more: str
    dossier: str
    no_dossier: str
    register: str
    no_register: str
    numbers: str
    accessibility: str
    whole_page: str
    fresh: str
    nothing_here: str
    nothing_here_said: str
    not_now: str
    not_now_said: str
