# SPDX-License-Identifier: Apache-2.0
"""The document of a season in English."""

from fusion_service.season.words.told import SeasonWords, Told

_FIGURES = {
    "reached": Told(
        "Times a level was reached",
        "Per zone: the estimated number, as it is known now, stood at the threshold or above, five "
        "minutes or more from its first such moment to its last; a quarter of an hour below ends "
        "it. Only moments at which somebody counted.",
        "zones",
    ),
    "proposed": Told(
        "Times a level was proposed",
        "Unbroken time at this level or above, per zone, by the log.",
        "zones",
    ),
    "proposed_before": Told(
        "Proposed before it was reached",
        "Share of the times the level was reached at which the proposal stood already.",
        "times reached",
    ),
    "proposed_lead": Told(
        "How long before it was proposed",
        "Median of reached minus proposed; below zero the proposal came after. Only times with a "
        "proposal.",
        "times with a proposal",
    ),
    "proposed_falsely": Told(
        "Proposed wrongly",
        "Share of proposals during which, and within the hour after, the level was not reached. "
        "Only proposals of a time in which somebody counted.",
        "proposals",
    ),
    "forecast_lead": Told(
        "How long before the forecast said so",
        "Median of reached minus proposed, of proposals that stood on a forecast and came true.",
        "proposals that came true",
    ),
    "forecast_off_by": Told(
        "How far the expected moment was off",
        "Median of the difference, earlier or later, between the moment that the proposal named "
        "and the moment at which the level was reached.",
        "proposals that came true",
    ),
    "declared": Told(
        "Times a level was declared",
        "Unbroken time at this level or above, per zone, by the log.",
        "zones",
    ),
    "declared_before": Told(
        "Declared before it was reached",
        "Share of the times the level was reached at which it was declared already.",
        "times reached",
    ),
    "declared_lead": Told(
        "How long before it was declared",
        "Median of reached minus declared; below zero the decision came after. Only times with a "
        "decision.",
        "times with a decision",
    ),
    "declared_falsely": Told(
        "Declared and not reached",
        "Share of decisions during which, and within the hour after, the level was not reached. "
        "That may be because the measures worked.",
        "decisions",
    ),
    "declared_after_proposed": Told(
        "From proposal to decision",
        "Median of declared minus proposed; below zero the decision was earlier.",
        "decisions with a proposal",
    ),
    "declared_unasked": Told(
        "Declared without a proposal",
        "Share of decisions during which the level was never proposed.",
        "decisions",
    ),
    "alarms": Told("Alarms", "All alarms of the log; a flood itself is not counted.", "alarms"),
    "alarms_of_kind": Told("Alarms by kind", "The same, by kind.", "alarms"),
    "alarms_per_shift": Told(
        "Alarms a shift",
        "Their number over the number of spans of eight hours, quiet ones too.",
        "shifts of eight hours",
    ),
    "alarms_per_shift_peak": Told(
        "Alarms in the fullest shift",
        "The highest number in eight hours, counted from midnight.",
        "alarms",
    ),
    "alarms_per_ten_minutes": Told(
        "Alarms per ten minutes",
        "Their number over the number of spans of ten minutes, quiet ones too. One in ten minutes "
        "can be handled well (EEMUA 191, ISA-18.2).",
        "spans of ten minutes",
    ),
    "alarms_per_ten_minutes_peak": Told(
        "Alarms in the fullest ten minutes",
        "The highest number within ten minutes, wherever they begin.",
        "alarms",
    ),
    "alarms_in_a_flood": Told(
        "Alarms in a flood", "Alarms that came with more than ten within ten minutes.", "alarms"
    ),
    "floods": Told("Floods of alarms", "Times the log names a flood.", "floods"),
    "floods_together": Told(
        "Floods, together", "How long they lasted, to the end of the period.", "floods"
    ),
    "alarms_false": Told(
        "False alarms",
        "Share of alarms of a proposed level during which, and within the hour after, the highest "
        "level that the alarm named was not reached. Only where somebody counted.",
        "alarms judged",
    ),
    "alarms_false_of_level": Told(
        "False alarms by level", "The same, by the highest level.", "alarms judged"
    ),
    "warnings_false": Told(
        "False warnings",
        "Share of alarms of a level that was expected, during which, and within the three hours "
        "after, no zone reached it.",
        "warnings judged",
    ),
    "acknowledged": Told(
        "Acknowledged",
        "Share of the times somebody was to look (an alarm began, or got worse after it was seen) "
        "at which somebody said so.",
        "times",
    ),
    "time_to_acknowledge": Told(
        "Time to acknowledge", "Median of acknowledged minus begun.", "times acknowledged"
    ),
    "time_to_acknowledge_nine_of_ten": Told(
        "Time to acknowledge, nine of ten",
        "Nine times of ten it was as soon or sooner.",
        "times acknowledged",
    ),
    "time_to_acknowledge_longest": Told(
        "Time to acknowledge, longest", "The longest.", "times acknowledged"
    ),
    "never_acknowledged": Told(
        "Never acknowledged", "Alarms that nobody acknowledged, however they ended.", "alarms"
    ),
    "never_acknowledged_but_decided": Told(
        "Of which somebody decided",
        "A level of the alarm's zone was declared while it stood.",
        "alarms that nobody acknowledged",
    ),
    "shelved": Told("Shelved", "Alarms that were shelved once or more.", "alarms"),
    "shifts_taken_over": Told("Shifts taken over", "Times somebody took the shift over.", "times"),
    "messages_passed_over": Told(
        "Messages passed over",
        "Messages that a webhook or mail did not get after all tries.",
        "messages",
    ),
    "measures_done": Told(
        "Measures done",
        "Share of the measures asked for that were ticked as done. A measure is asked for in a "
        "zone from the declaration of its level until green.",
        "measures asked for",
    ),
    "time_to_a_measure": Told(
        "Time to done",
        "Median of ticked minus declared; nought where it was done already.",
        "measures done",
    ),
    "time_to_a_measure_nine_of_ten": Told(
        "Time to done, nine of ten", "Nine times of ten it was as soon or sooner.", "measures done"
    ),
    "zones_counted": Told(
        "Zones in which somebody counted", "Once or more in the period.", "zones"
    ),
    "looks_covered": Told(
        "Coverage of the intervals",
        "Share of the times at which what somebody saw on the spot lay in the 80 % interval of the "
        "estimate just before, which did not know of it. Should be 80 %; people do not see exactly "
        "either.",
        "estimates by people",
    ),
    "forecast_covered": Told(
        "Coverage of the forecast",
        "Share of what came that lay in the 80 % interval that was said then.",
        "outcomes",
    ),
    "forecast_error": Told(
        "Mean error of the forecast",
        "Mean of the difference between said and come, without its sign.",
        "outcomes",
    ),
    "forecast_skill": Told(
        "Gain over 'as a week ago'",
        "One minus the error over the error of the same time a week before.",
        "outcomes",
    ),
    "warned_before": Told(
        "Warned before the level", "Share of the times the level came.", "times it came"
    ),
    "warned_falsely": Told("Warned wrongly", "Warnings of what did not come.", "days"),
    "warning_lead": Told("How long before it was warned", "Median over the hits.", "hits"),
    "boxes": Told("Boxes", "Boxes of which counts of the period are kept.", "boxes"),
    "share_of_time_counted": Told(
        "Share of the time in which they counted",
        "Median over the boxes of the time from their first count on, less their silences.",
        "boxes",
    ),
    "outages": Told(
        "Silences", "Longer than three counts, of which nothing came later either.", "boxes"
    ),
    "outages_together": Told("Silences, together", "Over all boxes.", "silences"),
    "outage": Told("Length of a silence", "Median.", "silences"),
    "outage_longest": Told("Longest silence", "The longest.", "silences"),
    "alarms_of_silence": Told(
        "Alarms of silent boxes",
        "What the centre did not hear at the time; it may have come later.",
        "alarms",
    ),
    "silence_at_the_time": Told("Length of such an alarm", "Median.", "alarms"),
}
ENGLISH = SeasonWords(
    language="en",
    title="Evaluation of {site}, {first} to {last}",
    exercise="EXERCISE {}: these numbers were drawn, not counted.",
    intro="Made on {made} from the log of the shift ({entries} entries), the estimates of each "
    "zone and version {version} of the site's file. No name, reason or comment of anybody is in "
    "it; it may be shared.",
    too_few="too few to say ({over} {what}, {least} wanted)",
    none="none",
    nothing="nothing",
    columns=("what", "result", "how it was worked out"),
    stands_on="What this stands on",
    basis=(
        (
            "What was 'reached' is what the estimate says as it is known now, with what came "
            "later. It is no truth: nobody counted everything."
        ),
        (
            "Each figure says what it is over. Where there is too little to say anything, that "
            "stands in place of a figure."
        ),
        "A level that was declared and not reached is no mistake: measures work too.",
        (
            "Measures are those of the version of the site's file that is named; what was "
            "called otherwise then does not count as done."
        ),
    ),
    lacks_head="What is missing",
    parts={
        "levels": "Levels",
        "alarms": "Alarms",
        "measures": "Measures",
        "numbers": "The estimates",
        "forecasts": "The forecast",
        "boxes": "Boxes",
    },
    lacks={
        "log": "The log has no entries of this period.",
        "numbers": "No estimates of this period are kept.",
        "scores": "No scores of a forecast are kept; that part is empty.",
        "looks": "Nobody estimated on the spot, so the coverage of the intervals cannot be told.",
        "measures": "The site's file names no measures.",
        "declared": "No level was declared.",
        "not over": "The period is not over yet.",
    },
    figures=_FIGURES,
    names={},
    days_head="The fullest days",
    days_columns=(
        "day",
        "highest number together",
        "at",
        "zones counted",
        "fullest zone",
        "there",
        "reached",
        "declared",
        "alarms",
    ),
    boxes_head="Boxes that counted least",
    boxes_columns=("box", "share of the time", "silences", "together", "longest"),
    hours="h",
    minutes="min",
    seconds="s",
    people="people",
    decimal_point=".",
)
