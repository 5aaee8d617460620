# SPDX-License-Identifier: Apache-2.0
"""The annex for a data protection impact assessment: what the software knows of the processing.

Weighing it is not its to do.
"""

from collections.abc import Iterable

from edge_agent.transparency.facts import Facts, duration
from edge_agent.transparency.wording import HOLDS, Origin, Row
from wire_contract.messages.report import Level, RuleName

_RULES = {
    RuleName.RANDOM_ROUNDING: "Each number is rounded at random to a multiple of {}. This is disclosure control and "
    "not differential "
    "privacy: a number above zero proves that somebody was there.",
    RuleName.SUPPRESS_BELOW: "Numbers below {} are withheld. This is disclosure control and not differential privacy: "
    "the step from "
    "withheld to shown tells one person at the border.",
    RuleName.BUCKETS: "Each number is given as the lower edge of its bucket ({}). This is disclosure control "
    "and not differential "
    "privacy.",
    RuleName.EXACT: "Numbers leave as they are. Nothing is hidden; this is for a test site only.",
}


_ROOT = ("root on the box, or hands on it", "no mechanism of the box holds against them")


def annex(facts: Facts) -> str:
    """Return the annex as Markdown."""
    return (
        "\n\n".join(
            (
                _head(facts),
                _flow(facts),
                _retention(facts),
                _disclosure(facts),
                _capacity(facts),
                _walls(facts),
            )
        )
        + "\n"
    )


def _head(facts: Facts) -> str:
    purpose = facts.purpose
    return f"""# DPIA annex: {facts.site}/{facts.device}

Made from the box's config, sha256 `{facts.config_sha256}`; every report of the box carries this hash. Where the box's reports carry
another, this annex is not about them.

| | |
|---|---|
| controller | {purpose.controller} |
| purpose | {purpose.purpose} |
| legal basis | {purpose.legal_basis} |
| assessment | {purpose.dpia_reference} |
| contact | {purpose.contact} |
| place | {facts.place} |
| {facts.wording.open} | {purpose.active_hours} local time, until {purpose.end_date.isoformat()}; not after that |

## The processing

{facts.wording.looks} A detection model ({facts.model}) finds people in each picture; from their positions it
is counted who crosses {len(facts.lines)} line(s) and how many stand in {len(facts.zones)} area(s). {facts.masks} part(s) of the picture
are blanked before the model sees them. Nobody is identified, no biometric feature is computed, and nothing is compared between days.
The box processes each picture for milliseconds. That is processing of personal data."""


def _flow(facts: Facts) -> str:
    steps = (
        *facts.wording.flow,
        (
            "sensor process",
            "tracks of people, without any feature of theirs",
            f"sums of {facts.window_s} seconds, as records of 64 bytes",
        ),
        ("gate process", "exact sums, in memory", f"numbers after the rule `{facts.rule}`, signed"),
        (
            "uplink process",
            "signed reports",
            "to the centre's broker, over TLS where it is another machine",
        ),
    )
    rows = _rows((str(number), *step) for number, step in enumerate(steps, 1))
    return f"""## The data flow

| step | where | what | goes on |
|---|---|---|---|
{rows}"""


def _rows(rows: Iterable[Row]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _retention(facts: Facts) -> str:
    return f"""## Retention

| what | how long | set by |
|---|---|---|
{_rows(facts.wording.kept)}
| a track | at most {facts.track_s:g} seconds after its person was last seen | the code |
| exact sums | one window, {facts.window_s} seconds | `window.length_s` |
| signed reports on the box | the last {facts.reports_kept:,}, {facts.reports_kept_days:.1f} days of them; at most {facts.store_bytes:,} bytes a file | the code, `store.bytes_max` |
| reports at the centre | as the centre sets it | its own config |"""


def _disclosure(facts: Facts) -> str:
    if facts.epsilon is None:
        text = _RULES[facts.rule].format(", ".join(map(str, facts.parameters)))
        return f"## What the numbers hide\n\n{text}"
    return f"""## What the numbers hide

Each number gets two-sided geometric noise with epsilon {facts.epsilon:g} before anything is stored. From one number nobody can tell a
window in which one person crossed from one in which nobody did, beyond a factor of e^{facts.epsilon:g} in the odds. One crossing costs
epsilon once. Not hidden: a stay over k windows, which is in k means and k mosts, so that what can be learned grows with the stay; a group
of g people who cross together, for whom the factor is e^(g times {facts.epsilon:g}); habits of a place over many days."""


def _capacity(facts: Facts) -> str:
    rows = "\n".join(f"| {name} | {duration(seconds)} |" for name, seconds in facts.capacity())
    cable = " What a camera sends over its cable is no part of this bound." * (
        facts.origin is Origin.NETWORK
    )
    weak = "" if facts.is_held else f"\n\nThat is what the gate takes from it. {_weak(facts)}"
    return f"""## What a sensor that lies could say

At most {facts.capacity_bits_per_minute:.1f} bits a minute, computed from the table that the gate validates with; the box does not start
above {facts.capacity_cap:g}. So for

| to say | it would need |
|---|---|
{rows}

A bound stops pictures in useful time. It does not keep a sensor that lies from signalling one bit.{cable}{weak}"""


def _weak(facts: Facts) -> str:
    return (
        f"At the level `{facts.level}` the kernel holds less than a box in the street must have, "
        "and no paper can promise what is not held."
    )


def _begins(facts: Facts) -> str:
    """Say from which level on the box begins, and what the kernel then holds."""
    begins = (
        f"The box begins only where the measured level is `{facts.level_min}` or better; each "
        "report says the level."
    )
    order = list(Level)
    if order.index(facts.level) > order.index(facts.level_min) and facts.origin is Origin.NETWORK:
        begins = (
            f"This config asks for `{facts.level_min}`. A box with a network camera reaches "
            f"`{facts.level}` at most, so this one does not begin."
        )
    elif facts.level is not facts.level_min:
        begins += f" Of this box that means `{facts.level}`."
    return (
        f"{begins} At `{facts.level}`: "
        f"{HOLDS[facts.level]}.{'' if facts.is_held else ' ' + _weak(facts)}"
    )


def _walls(facts: Facts) -> str:
    return f"""## Confinement

{_begins(facts)}

## Residual risks

| risk | what is left of it |
|---|---|
{_rows((_ROOT, *facts.wording.risks))}
| {facts.wording.trusted} | trusted |
| a sensor process that lies | false counts, and at most the bits above |
| a model trained to miscount | false counts; the model's file is pinned by its hash |
| sensor and uplink working together over the load of the processor | not closed |
| what is done with the numbers | outside the box: purpose, contract and oversight |"""
