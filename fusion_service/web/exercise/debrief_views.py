# SPDX-License-Identifier: Apache-2.0
"""What a client sees of a debrief: one time line for each zone."""

from fusion_service.debrief.evaluation import LEVELS, Debrief, Moment, Reached, ZoneDebrief
from fusion_service.debrief.log_past import Act, AlarmPast, LevelSaid, MeasurePast
from fusion_service.debrief.looking import ForecastBefore, Shown
from fusion_service.estimate.levels import people_at
from fusion_service.web.exercise.views import ControlEntryView
from fusion_service.web.form.instants import SecondsOut, of_seconds
from fusion_service.web.shift.views import LevelName, level_name
from fusion_service.web.views.base import View


class ShownView(View):
    """What the centre showed: a number with its 80 % interval, of `at`."""

    at: SecondsOut
    people: float
    low_80: float
    high_80: float
    condition: str
    is_counted: bool

    @classmethod
    def of_shown(cls, one: Shown) -> "ShownView":
        """Show what was shown."""
        return cls(
            at=of_seconds(one.at_s),
            people=round(one.people, 1),
            low_80=round(one.low, 1),
            high_80=round(one.high, 1),
            condition=one.condition,
            is_counted=one.is_counted,
        )


class PastMomentView(View):
    """A zone at a moment. truth: of an exercise; null where nobody knows it or it may not be told.

    shown: what was known then; null where nothing was.
    """

    at: SecondsOut
    truth: float | None
    shown: ShownView | None
    proposed: LevelName
    declared: LevelName

    @classmethod
    def of_moment(cls, one: Moment) -> "PastMomentView":
        """Show a moment."""
        return cls(
            at=of_seconds(one.at_s),
            truth=None if one.truth is None else round(one.truth, 1),
            shown=None if one.shown is None else ShownView.of_shown(one.shown),
            proposed=level_name(one.proposed),
            declared=level_name(one.declared),
        )


class PastActView(View):
    """What somebody did. who: a name or an organisation, `centre`; null where it was erased.

    comment: null where it was erased.
    """

    at: SecondsOut
    deed: str
    who: str | None
    comment: str | None
    zone: str

    @classmethod
    def of_act(cls, one: Act) -> "PastActView":
        """Show what somebody did."""
        return cls(
            at=of_seconds(one.at_s),
            deed=one.deed,
            who=one.who,
            comment=one.comment,
            zone=one.zone,
        )


class LevelSaidView(View):
    """A level that was proposed or declared. expected: when the crowd was expected."""

    level: LevelName
    reasons: tuple[str, ...]
    expected: SecondsOut | None
    act: PastActView

    @classmethod
    def of_said(cls, one: LevelSaid) -> "LevelSaidView":
        """Show a level."""
        return cls(
            level=level_name(one.level),
            reasons=one.reasons,
            expected=None if one.expected_s is None else of_seconds(one.expected_s),
            act=PastActView.of_act(one.act),
        )


class PastAlarmView(View):
    """An alarm of the time. ended: null where it was still open. acts: by whom it was handled."""

    id: int
    kind: str
    about: str
    members: tuple[str, ...]
    level: LevelName
    severity: int
    raised: SecondsOut
    ended: SecondsOut | None
    acts: tuple[PastActView, ...]

    @classmethod
    def of_alarm(cls, one: AlarmPast) -> "PastAlarmView":
        """Show an alarm."""
        return cls(
            id=one.id,
            kind=one.cause.kind.value,
            about=one.cause.about,
            members=one.cause.members,
            level=level_name(one.cause.level),
            severity=one.cause.severity,
            raised=of_seconds(one.raised_s),
            ended=None if one.ended_s is None else of_seconds(one.ended_s),
            acts=tuple(PastActView.of_act(act) for act in one.acts),
        )


class PastMeasureView(View):
    """A measure that was ticked or taken back; text: null where the site's file has it no more."""

    measure: str
    text: str | None
    is_done: bool
    act: PastActView

    @classmethod
    def of_measure(cls, one: MeasurePast) -> "PastMeasureView":
        """Show a measure."""
        act = PastActView.of_act(one.act)
        return cls(measure=one.id, text=one.text, is_done=one.is_done, act=act)


class ReachedView(View):
    """When a level first was true, shown, proposed, declared; null of what never was.

    lead_s: how long before it came it was proposed and declared; below zero: after. It came when
    it was true, and where nobody knows that, when it was shown.
    """

    level: LevelName
    true: SecondsOut | None
    shown: SecondsOut | None
    proposed: SecondsOut | None
    declared: SecondsOut | None
    proposed_lead_s: int | None
    declared_lead_s: int | None

    @classmethod
    def of_reached(cls, one: Reached) -> "ReachedView":
        """Show it."""
        return cls(
            level=level_name(one.level),
            true=_instant(one.true_s),
            shown=_instant(one.shown_s),
            proposed=_instant(one.proposed_s),
            declared=_instant(one.declared_s),
            proposed_lead_s=one.lead_s(one.proposed_s),
            declared_lead_s=one.lead_s(one.declared_s),
        )


class ForecastBeforeView(View):
    """What was forecast of a moment so long before: of a level that came, else of the peak."""

    moment: SecondsOut
    level: LevelName | None
    ahead_s: int
    made: SecondsOut
    step: SecondsOut
    step_s: int
    low: float
    middle: float
    high: float

    @classmethod
    def of_forecast(cls, one: ForecastBefore) -> "ForecastBeforeView":
        """Show it."""
        return cls(
            moment=of_seconds(one.of_s),
            level=None if one.level is None else level_name(one.level),
            ahead_s=one.ahead_s,
            made=of_seconds(one.made_s),
            step=of_seconds(one.for_s),
            step_s=one.step_s,
            low=round(one.low, 1),
            middle=round(one.middle, 1),
            high=round(one.high, 1),
        )


class ThresholdView(View):
    """From how many people on a zone has a level by its number."""

    level: LevelName
    people: float


class ZoneDebriefView(View):
    """One zone's time line."""

    zone: str
    name: str
    thresholds: tuple[ThresholdView, ...]
    moments: tuple[PastMomentView, ...]
    proposed: tuple[LevelSaidView, ...]
    declared: tuple[LevelSaidView, ...]
    alarms: tuple[PastAlarmView, ...]
    measures: tuple[PastMeasureView, ...]
    reached: tuple[ReachedView, ...]
    forecasts: tuple[ForecastBeforeView, ...]

    @classmethod
    def of_zone(cls, one: ZoneDebrief) -> "ZoneDebriefView":
        """Show a zone's time line."""
        return cls(
            zone=one.zone.id,
            name=one.zone.name,
            thresholds=tuple(
                ThresholdView(level=level_name(level), people=people)
                for level in LEVELS
                if (people := people_at(one.zone, level)) is not None
            ),
            moments=tuple(PastMomentView.of_moment(each) for each in one.moments),
            proposed=tuple(LevelSaidView.of_said(each) for each in one.proposed),
            declared=tuple(LevelSaidView.of_said(each) for each in one.declared),
            alarms=tuple(PastAlarmView.of_alarm(each) for each in one.alarms),
            measures=tuple(PastMeasureView.of_measure(each) for each in one.measures),
            reached=tuple(ReachedView.of_reached(each) for each in one.reached),
            forecasts=tuple(ForecastBeforeView.of_forecast(each) for each in one.forecasts),
        )


class DebriefView(View):
    """What was known when, and what was declared when, from one moment to another.

    exercise: its scenario, null of what was really counted. knows_truth: what was true is told.
    alarms: of no zone. control: of an exercise, the first first.
    """

    site: str
    site_version: int
    time_zone: str
    begins: SecondsOut
    ends: SecondsOut
    exercise: str | None
    step_s: int
    knows_truth: bool
    has_forecasts: bool
    zones: tuple[ZoneDebriefView, ...]
    alarms: tuple[PastAlarmView, ...]
    notes: tuple[PastActView, ...]
    control: tuple[ControlEntryView, ...]

    @classmethod
    def of_debrief(cls, one: Debrief) -> "DebriefView":
        """Show all of it."""
        asked = one.asked
        return cls(
            site=asked.site.id,
            site_version=asked.site_version,
            time_zone=asked.site.time_zone,
            begins=of_seconds(asked.from_s),
            ends=of_seconds(asked.to_s),
            exercise=asked.exercise or None,
            step_s=one.step_s,
            knows_truth=one.knows_truth,
            has_forecasts=one.has_forecasts,
            zones=tuple(ZoneDebriefView.of_zone(each) for each in one.zones),
            alarms=tuple(PastAlarmView.of_alarm(each) for each in one.alarms),
            notes=tuple(PastActView.of_act(each) for each in one.notes),
            control=tuple(ControlEntryView.of_entry(each) for each in one.control),
        )


def _instant(at_s: int | None) -> SecondsOut | None:
    return None if at_s is None else of_seconds(at_s)
