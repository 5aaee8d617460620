# SPDX-License-Identifier: Apache-2.0
"""The judgement of hours: what makes it, what lifts it, and what one person can do to it."""

import math
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from edge_agent.counting.familiarity.evidence import LOOKS_MAX, Evidence
from edge_agent.counting.familiarity.judge import (
    CLEAR_OF_NOISE,
    EPSILON,
    HOUR_S,
    HOURS_MAX,
    SEEN_EACH,
    UNITS,
    DetectorJudge,
    noise_units,
)

NIGHTS = 4_000


def silent() -> float:
    """No noise at all."""
    return 0.0


def hours(
    judge: DetectorJudge,
    count: int,
    evidence: Evidence,
    *,
    from_s: float = 0.0,
    well_seen: bool = True,
) -> None:
    """Let so many hours pass, each with this evidence in each of 60 windows."""
    for minute in range(60 * count):
        judge.observe_evidence(evidence, from_s + 60.0 * minute)
        judge.close_window(from_s + 60.0 * (minute + 1), well_seen=well_seen)


def test_half_seen_people_make_a_scene_unfamiliar_at_the_end_of_the_hour_and_not_before() -> None:
    judge = DetectorJudge(silent)
    said = []
    for minute in range(60):
        judge.observe_evidence(Evidence(seen=100, half_seen=60), 60.0 * minute)
        judge.close_window(60.0 * (minute + 1), well_seen=True)
        said.append(judge.unfamiliar)
    assert said == [False] * 59 + [True]


@pytest.mark.parametrize(
    ("half_seen", "unfamiliar"),
    [(0, False), (50, False), (83, False), (130, True), (1000, True)],
)
def test_a_thirteenth_of_all_is_where_counts_fall_short(half_seen: int, unfamiliar: bool) -> None:  # noqa: FBT001 - a column
    judge = DetectorJudge(silent)
    hours(judge, 3, Evidence(seen=1000, half_seen=half_seen))
    assert judge.unfamiliar is unfamiliar


def test_people_unseen_are_missed_as_people_half_seen_are() -> None:
    for evidence in (Evidence(seen=60, half_seen=30), Evidence(seen=60, unseen=30)):
        judge = DetectorJudge(silent)
        hours(judge, 1, evidence)
        assert judge.unfamiliar


def test_a_scene_becomes_familiar_again_when_the_people_are_seen() -> None:
    judge = DetectorJudge(silent)
    hours(judge, 1, Evidence(seen=100, half_seen=60))
    assert judge.unfamiliar
    hours(judge, 1, Evidence(seen=5000), from_s=HOUR_S)
    assert not judge.unfamiliar


def test_windows_that_were_not_well_seen_say_nothing() -> None:
    judge = DetectorJudge(silent)
    hours(judge, 5, Evidence(half_seen=1000), well_seen=False)
    assert not judge.unfamiliar


def test_an_empty_street_is_hardly_ever_unfamiliar() -> None:
    chance = random.Random(1)
    judge = DetectorJudge(chance.random)
    said = 0
    for hour in range(2_000):
        hours(judge, 1, Evidence(), from_s=hour * HOUR_S)
        said += judge.unfamiliar
    assert said == 0


def test_evidence_of_many_hours_adds_up_and_is_forgotten_after_a_day() -> None:
    quiet = Evidence(half_seen=1)  # 60 looks an hour are three people
    least = math.ceil((CLEAR_OF_NOISE / EPSILON / 3) ** 2)
    assert least > HOURS_MAX
    judge = DetectorJudge(silent)
    hours(judge, 3 * HOURS_MAX, quiet)
    assert not judge.unfamiliar
    later_s = 3 * HOURS_MAX * HOUR_S
    hours(
        judge, HOURS_MAX, Evidence(half_seen=6), from_s=later_s
    )  # 18 people an hour: clear after eight hours
    assert judge.unfamiliar


def test_the_noise_is_two_sided_geometric() -> None:
    chance = random.Random(3)
    drawn = [noise_units(chance.random) / UNITS for _ in range(20_000)]
    assert sum(drawn) / len(drawn) == pytest.approx(0.0, abs=0.25)
    for persons in (2.0, 5.0, 10.0):
        share = sum(abs(one) >= persons for one in drawn) / len(drawn)
        assert share == pytest.approx(math.exp(-EPSILON * persons), abs=0.015)


def test_one_track_moves_the_evidence_of_all_hours_by_one_person_at_most() -> None:
    assert SEEN_EACH * LOOKS_MAX == UNITS
    assert LOOKS_MAX <= UNITS


def nights(chance: random.Random, crowd: int) -> Iterator[tuple[bool, bool]]:
    """Yield whether somebody half seen was there, and what the box says after the hour.

    `crowd` people half seen besides are just so many that the one may tip the scale.
    """
    for _ in range(NIGHTS):
        there = chance.random() < 0.5
        judge = DetectorJudge(chance.random)
        judge.observe_evidence(Evidence(half_seen=LOOKS_MAX * (crowd + there)), 0.0)
        judge.close_window(HOUR_S, well_seen=True)
        yield there, judge.unfamiliar


@pytest.mark.parametrize("more", [-8, -1, 0, 8])
def test_an_attacker_who_knows_all_others_gains_no_more_than_epsilon_from_the_code(
    more: int,
) -> None:
    """The crowd is at the bound, where one person matters the most, or near it."""
    seen = Counter(nights(random.Random(more), round(CLEAR_OF_NOISE / EPSILON) + more))
    right = max(
        seen[True, True] + seen[False, False],
        seen[True, False] + seen[False, True],
    )
    allowed = math.exp(EPSILON) / (1.0 + math.exp(EPSILON))
    assert right / NIGHTS <= allowed + 4.0 * 0.5 / math.sqrt(NIGHTS)


def test_without_the_noise_the_same_attacker_knows() -> None:
    for there in (False, True):
        judge = DetectorJudge(silent)
        people = round(CLEAR_OF_NOISE / EPSILON) - 1 + there
        judge.observe_evidence(Evidence(half_seen=LOOKS_MAX * people), 0.0)
        judge.close_window(HOUR_S, well_seen=True)
        assert judge.unfamiliar is there
