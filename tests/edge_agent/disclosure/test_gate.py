# SPDX-License-Identifier: Apache-2.0
import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from development.fakes.messages import BOOT, RUN, STREAM
from edge_agent.channel import Kind, Schema, Values
from edge_agent.disclosure.gate import Gate
from edge_agent.disclosure.interval.interval import Calibration
from edge_agent.disclosure.window import DisclosedWindow, Provenance, Sender
from tests.edge_agent.waiting import as_version_1
from wire_contract.codec import decode
from wire_contract.errors import ContractError
from wire_contract.messages.report import Clock, ClockQuality, Health, Level, Report, Rule, RuleName
from wire_contract.quality import QualityCode

SCHEMA = Schema(lines=(255, 255), zones=(255,))
HEALTH = Health(temperature=1, disk=1, outbox=1, link=1)
SAID: dict[tuple[Kind, int], Values] = {
    (Kind.LINE, 0): (3, 2, 0, 0),
    (Kind.ZONE, 0): (12, 17, 3, 2),
    (Kind.IMAGE_QUALITY, 0): (0, 3, 2, 1),
}


def gate(rule: Rule, key: bytes = b"n" * 32, *, run: str = RUN, class_epsilon: int = 0) -> Gate:
    return Gate(
        sender(rule),
        schema=SCHEMA,
        line_ids=("north", "south"),
        zone_ids=("sand",),
        noise_key=key,
        run=run,
        class_epsilon=class_epsilon,
    )


def sender(rule: Rule) -> Sender:
    return Sender(
        "beach", "pier-1", STREAM, Provenance(BOOT, "c" * 64, Level.UNCONFINED, Clock.LIVE, rule)
    )


EXACT = Rule(RuleName.EXACT, ())
LAPLACE = Rule(RuleName.DISCRETE_LAPLACE, (1000,))


def report(one: Gate, said: dict[tuple[Kind, int], Values], start_s: int = 600) -> Report:
    body = one.disclose(said, at_ms=start_s * 1000, health=HEALTH)
    return decode(
        Report,
        one.report(
            body, sequence=4, start_s=start_s, length_s=60, quality=ClockQuality.SYNCHRONISED
        ),
    )


def test_under_exact_a_report_says_what_the_records_said() -> None:
    out = report(gate(EXACT), SAID)
    assert [(line.id, line.in_count, line.out_count) for line in out.lines] == [("north", 3, 2)]
    assert [(zone.id, zone.mean, zone.peak, zone.speed, zone.standing) for zone in out.zones] == [
        ("sand", 12, 17, 3, 2)
    ]
    assert (
        out.image_quality.code,
        out.image_quality.observed,
        out.image_quality.rate,
        out.image_quality.difficulty,
    ) == (
        0,
        3,
        2,
        1,
    )
    assert (out.site, out.device, out.stream, out.sequence, out.start_s, out.length_s) == (
        "beach",
        "pier-1",
        STREAM,
        4,
        600,
        60,
    )


def test_a_slot_in_which_nothing_was_said_is_reported_as_silent_and_not_as_zero() -> None:
    out = report(gate(LAPLACE), {})
    assert (out.lines, out.zones, out.image_quality.code, out.image_quality.observed) == (
        (),
        (),
        QualityCode.SILENT,
        0,
    )


def test_two_runs_never_share_a_draw_whatever_their_lines_and_in_whichever_order() -> None:
    def drawn(ids: tuple[str, str], run: str) -> set[int]:
        one = Gate(
            sender(LAPLACE),
            schema=SCHEMA,
            line_ids=ids,
            zone_ids=("sand",),
            noise_key=b"n" * 32,
            run=run,
        )
        return {
            one._bits(kind, index, number, at_ms).bits(64)
            for at_ms in range(0, 600_000, 60_000)
            for kind, index, number in (
                (Kind.LINE, 0, "in"),
                (Kind.LINE, 0, "out"),
                (Kind.LINE, 1, "in"),
                (Kind.LINE, 1, "out"),
                (Kind.ZONE, 0, "mean"),
                (Kind.ZONE, 0, "most"),
                (Kind.ZONE, 0, "speed"),
                (Kind.ZONE, 0, "standing"),
                (Kind.IMAGE_QUALITY, 0, "difficulty"),
            )
        }

    found = [
        drawn(("north", "south"), RUN),
        drawn(("south", "north"), "a" * 32),
        drawn(("north", "east"), "b" * 32),
    ]
    assert [len(one) for one in found] == [90, 90, 90]
    assert len(set().union(*found)) == 270


def test_a_draw_is_named_by_the_line_and_not_by_its_place() -> None:
    def first(ids: tuple[str, str], index: int) -> int:
        one = Gate(
            sender(LAPLACE),
            schema=SCHEMA,
            line_ids=ids,
            zone_ids=("sand",),
            noise_key=b"n" * 32,
            run=RUN,
        )
        return one._bits(Kind.LINE, index, "in", 60_000).bits(64)

    assert (
        first(("north", "south"), 0) == first(("south", "north"), 1) != first(("south", "north"), 0)
    )


def test_two_windows_and_two_boxes_draw_their_own_noise() -> None:
    def numbers(one: Gate, start_s: int) -> list[int | None]:
        out = report(one, SAID, start_s)
        return [
            *(value for line in out.lines for value in (line.in_count, line.out_count)),
            out.zones[0].mean,
            out.zones[0].peak,
        ]

    first = [numbers(gate(LAPLACE), start_s) for start_s in range(0, 1200, 60)]
    assert len({tuple(one) for one in first}) > 15
    assert first != [numbers(gate(LAPLACE, b"m" * 32), start_s) for start_s in range(0, 1200, 60)]


def test_the_sum_over_many_windows_is_unbiased() -> None:
    one = gate(LAPLACE)
    total = sum(
        report(one, SAID, start_s).lines[0].in_count or 0 for start_s in range(0, 60 * 2000, 60)
    )
    assert total / 2000 == pytest.approx(3.0, abs=0.13)


def classes(out: Report) -> tuple[int, int, int]:
    return out.zones[0].speed, out.zones[0].standing, out.image_quality.difficulty


@pytest.mark.parametrize(
    "rule",
    [
        LAPLACE,
        Rule(RuleName.RANDOM_ROUNDING, (3,)),
        Rule(RuleName.SUPPRESS_BELOW, (10,)),
        Rule(RuleName.BUCKETS, (0, 9)),
    ],
)
@pytest.mark.parametrize("people", [0, 5, 12, 200])
def test_no_class_leaves_however_many_people_are_there(rule: Rule, people: int) -> None:
    said: dict[tuple[Kind, int], Values] = {
        (Kind.ZONE, 0): (people, people, 4, 4),
        (Kind.IMAGE_QUALITY, 0): (0, 3, 2, 3),
    }
    assert {classes(report(gate(rule), said, start_s)) for start_s in range(0, 3000, 60)} == {
        (0, 0, 0)
    }


@pytest.mark.parametrize("people", [0, 200])
def test_with_an_epsilon_of_their_own_classes_leave_in_every_window_by_chance(people: int) -> None:
    said: dict[tuple[Kind, int], Values] = {
        (Kind.ZONE, 0): (people, people, 4, 2),
        (Kind.IMAGE_QUALITY, 0): (0, 3, 2, 3),
    }
    one = gate(LAPLACE, class_epsilon=1000)
    outs = [classes(report(one, said, start_s)) for start_s in range(0, 60 * 1500, 60)]
    true = [
        sum(out[place] == value for out in outs) / 1500 for place, value in enumerate((4, 2, 3))
    ]
    e = math.e
    # The truth with chance e / (e + k - 1); four deviations of a share of 1,500 are under 0.053.
    assert true == pytest.approx([e / (e + 4), e / (e + 4), e / (e + 3)], abs=0.053)


def test_intervals_hang_on_no_class_that_was_drawn() -> None:
    plain, drawn = gate(LAPLACE), gate(LAPLACE, class_epsilon=10_000)
    for start_s in range(0, 3000, 60):
        without, with_classes = report(plain, SAID, start_s), report(drawn, SAID, start_s)
        assert without.lines == with_classes.lines
        assert replace(without.zones[0], speed=0, standing=0) == replace(
            with_classes.zones[0], speed=0, standing=0
        )


@given(
    st.dictionaries(
        st.sampled_from(SCHEMA.sources()),
        st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 4), st.integers(0, 4)),
    ),
    st.sampled_from(
        [EXACT, LAPLACE, Rule(RuleName.SUPPRESS_BELOW, (10,)), Rule(RuleName.BUCKETS, (0, 9))]
    ),
)
def test_whatever_the_sensor_says_only_a_valid_report_comes_out(
    said: dict[tuple[Kind, int], Values], rule: Rule
) -> None:
    said = {
        (kind, index): tuple(map(min, values, SCHEMA.largest(kind, index) or (0, 0, 0, 0)))  # type: ignore[misc]
        for (kind, index), values in said.items()
    }
    out = report(gate(rule), said)
    assert {line.id for line in out.lines} <= {"north", "south"}
    assert {zone.id for zone in out.zones} <= {"sand"}


def side_fields(out: Report) -> tuple[object, ...]:
    """Return all that a report says of the scene besides the released numbers themselves."""
    line, zone = out.lines[0], out.zones[0]
    ends = (
        line.in_low,
        line.in_high,
        line.out_low,
        line.out_high,
        zone.mean_low,
        zone.mean_high,
        zone.peak_low,
        zone.peak_high,
    )
    return (*ends, zone.speed, zone.standing, out.image_quality)


def test_over_many_quiet_nights_no_side_field_tells_one_person_from_nobody() -> None:
    """Whatever the released numbers, the rest is the same with somebody there and with nobody."""
    nobody: dict[tuple[Kind, int], Values] = {
        (Kind.LINE, 0): (0, 0, 0, 0),
        (Kind.ZONE, 0): (0, 0, 0, 0),
        (Kind.IMAGE_QUALITY, 0): (0, 3, 2, 1),
    }
    someone: dict[tuple[Kind, int], Values] = {
        (Kind.LINE, 0): (1, 1, 0, 0),
        (Kind.ZONE, 0): (1, 1, 2, 1),
        (Kind.IMAGE_QUALITY, 0): (0, 3, 2, 3),
    }
    seen: dict[tuple[int | None, ...], set[tuple[object, ...]]] = {}
    both: dict[tuple[int | None, ...], set[str]] = {}
    for word, said in (("nobody", nobody), ("someone", someone)):
        for night in range(1000):
            out = report(gate(LAPLACE), said, start_s=60 * night)
            line, zone = out.lines[0], out.zones[0]
            for released, rest in (
                ((line.in_count, 1), (line.in_low, line.in_high)),
                ((line.out_count, 1), (line.out_low, line.out_high)),
                ((zone.mean, 2), (zone.mean_low, zone.mean_high)),
                ((zone.peak, 3), (zone.peak_low, zone.peak_high)),
                ((0, 4), side_fields(out)[8:]),
            ):
                seen.setdefault(released, set()).add(rest)
                both.setdefault(released, set()).add(word)
    assert [released for released, rests in seen.items() if len(rests) != 1] == []
    assert sum(len(words) == 2 for words in both.values()) > 15  # the two were really compared


@pytest.mark.parametrize("code", [2, 4, 5, 17])
def test_what_was_counted_where_nothing_could_be_seen_does_not_leave(code: int) -> None:
    out = report(gate(LAPLACE), {**SAID, (Kind.IMAGE_QUALITY, 0): (code, 3, 2, 1)})
    assert (out.lines, out.zones, out.image_quality.code) == ((), (), code)


@pytest.mark.parametrize(
    "quality",
    [
        (int(QualityCode.SATURATED), 3, 2, 3),  # too many to tell apart
        (int(QualityCode.CAMERA_LOST), 3, 2, 1),  # until the camera was lost
        (0, 2, 2, 1),  # part of the window was not seen
        None,  # no record of the image quality
    ],
)
def test_a_lower_bound_leaves_without_a_high_end(quality: Values | None) -> None:
    said = {
        source: values for source, values in SAID.items() if source[0] is not Kind.IMAGE_QUALITY
    }
    out = report(
        gate(LAPLACE), said if quality is None else {**said, (Kind.IMAGE_QUALITY, 0): quality}
    )
    line, zone = out.lines[0], out.zones[0]
    assert (line.in_high, line.out_high, zone.mean_high, zone.peak_high) == (None,) * 4
    assert line.in_count is not None
    assert line.in_low is not None
    assert line.in_low <= line.in_count


def test_an_ordinary_window_says_how_sure_each_number_is() -> None:
    out = report(gate(LAPLACE), SAID)
    line, zone = out.lines[0], out.zones[0]
    for released, low, high in (
        (line.in_count, line.in_low, line.in_high),
        (line.out_count, line.out_low, line.out_high),
        (zone.mean, zone.mean_low, zone.mean_high),
        (zone.peak, zone.peak_low, zone.peak_high),
    ):
        assert released is not None
        assert low is not None
        assert high is not None
        assert low < high
        assert low - 3 <= released <= high + 3


def test_a_number_that_was_withheld_says_nothing_of_how_sure_it_would_be() -> None:
    out = report(gate(Rule(RuleName.SUPPRESS_BELOW, (10,))), SAID)
    assert (out.lines[0].in_count, out.lines[0].in_low, out.lines[0].in_high) == (None, None, None)
    assert out.zones[0].mean_low is not None


def test_a_tally_at_a_line_moves_its_interval() -> None:
    said: dict[tuple[Kind, int], Values] = {
        (Kind.LINE, 0): (60, 0, 0, 0),
        (Kind.LINE, 1): (60, 0, 0, 0),
        (Kind.IMAGE_QUALITY, 0): (0, 3, 2, 1),
    }
    known = {"north": Calibration(200, 10)}
    lines, zones = ("north", "south"), ("sand",)
    one = Gate(
        sender(EXACT),
        schema=SCHEMA,
        line_ids=lines,
        zone_ids=zones,
        noise_key=b"n" * 32,
        run=RUN,
        calibrations=known,
    )
    north, south = report(one, said).lines
    assert north.in_low is not None
    assert south.in_low is not None
    assert 66 < north.in_low <= 72
    assert south.in_low < 66


def test_a_damaged_waiting_window_is_an_error_and_no_report() -> None:
    one = gate(EXACT)
    body = bytearray(one.disclose(SAID, at_ms=600_000, health=HEALTH))
    body[random.Random(1).randrange(len(body))] ^= 0x55
    with pytest.raises(ContractError, match=r"missing|got|wanted|canonical|JSON"):
        one.report(
            bytes(body), sequence=1, start_s=0, length_s=60, quality=ClockQuality.SYNCHRONISED
        )


def test_a_waiting_window_holds_nothing_but_what_was_disclosed() -> None:
    body = gate(LAPLACE).disclose(SAID, at_ms=600_000, health=HEALTH)
    window = decode(DisclosedWindow, body)
    assert window.lines == report(gate(LAPLACE), SAID).lines


def test_a_window_is_signed_on_the_terms_it_was_disclosed_on_however_late() -> None:
    body = gate(EXACT).disclose(SAID, at_ms=600_000, health=HEALTH)
    payload = gate(LAPLACE).report(
        body, sequence=1, start_s=0, length_s=60, quality=ClockQuality.SYNCHRONISED
    )
    assert decode(Report, payload).rule == EXACT


def test_a_window_that_waited_since_version_1_goes_as_version_2_and_says_the_same() -> None:
    one = gate(EXACT)
    body = one.disclose(SAID, at_ms=600_000, health=HEALTH)
    old, new = (
        one.report(stored, sequence=4, start_s=600, length_s=60, quality=ClockQuality.SYNCHRONISED)
        for stored in (as_version_1(body), body)
    )
    assert b'"eye"' in as_version_1(body)
    assert old == new
    assert decode(Report, old).zones[0].peak == 17
