# SPDX-License-Identifier: Apache-2.0
"""The same steps in a terminal: words in, sentences out. Pure but for what prints them."""

from typing import Any

from edge_agent.errors import ConfigError
from edge_agent.operations.commission.help.asking import Asked

HELP = """\
look                 what the camera sees: sharpness, light, where people walk, the ground
walk NAME            begin to walk along a line that is to be drawn; then: walked
walked               draw it, where you walked
line NAME AT METRES  draw a line across the picture, METRES off by the ground
line NAME X Y X Y    draw a line, places in hundredths of the picture, right and down
zone NAME X Y ...    draw a zone, its corners one after the other
mask X Y ...         blank an area: a door, a window, a terrace
turn NAME            let in be out
remove NAME          take a line or zone away; the last mask; all taped points (taped)
stand METRES [RIGHT] stand still on a mark, METRES off by tape (and RIGHT of the middle), 6 s
lens DEGREES         how many degrees across the lens sees, where you know it
try NAME             begin to count at a line: walk across it; then: tried
tried                end that count
finish               write it into the config, and end
leave                end, and change nothing"""
_SHORT = {"walked": "walked", "tried": "trialled", "finish": "finish", "leave": "leave"}
_NAMED = {"walk": "walk", "turn": "turn", "remove": "remove", "try": "trial"}


def read_line(line: str) -> Asked | None:
    """Return what a line asks; None where it only wants to look. Raises ConfigError."""
    match line.split():
        case [] | ["look"] | ["help"]:
            return None
        case [word] if word in _SHORT:
            asked = Asked(_SHORT[word])
        case [word, name] if word in _NAMED:
            asked = Asked(_NAMED[word], name=name)
        case ["line", name, "at", metres]:
            asked = Asked("line_at", name=name, metres=_number(metres))
        case ["line" | "zone" as word, name, *places]:
            asked = Asked(word, name=name, corners=_places(places))
        case ["mask", *places]:
            asked = Asked("mask", corners=_places(places))
        case ["stand", metres, *right] if len(right) <= 1:
            asked = Asked(
                "stand", metres=_number(metres), right=_number(right[0]) if right else None
            )
        case ["lens", degrees]:
            asked = Asked("lens", metres=_number(degrees))
        case _:
            raise ConfigError(f"not understood: {line.strip()[:60]!r}; help says what can be asked")
    return asked


def _number(word: str) -> float:
    try:
        value = float(word)
    except ValueError as error:
        raise ConfigError(f"got {word[:20]!r}, wanted a number") from error
    if not -500.0 <= value <= 500.0:  # noqa: PLR2004 - asking._METRES_MAX
        raise ConfigError(f"got {word[:20]}, wanted a number up to 500")
    return value


def _places(words: list[str]) -> tuple[tuple[float, float], ...]:
    numbers = [_number(one) / 100.0 for one in words]
    if len(numbers) % 2 or not all(0.0 <= one <= 1.0 for one in numbers):
        raise ConfigError("places are pairs of hundredths of the picture, 0 to 100")
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def described(told: dict[str, Any]) -> list[str]:
    """Say a state in sentences, the ones first that an installer acts on."""
    lines = [f"{told['said']}"] if told["said"] else []
    if told["frame"] is None:
        return [*lines, "the camera has not shown anything yet"]
    lines.append(
        f"sharpness {told['sharpness']} of 31, best so far {told['sharpest']}; {told['light']}; "
        f"{sum(one is not None for one in told['people'])} people in sight; "
        f"{told['left_s']} s left"
    )
    if (reach := told["reach"]) is not None:
        height_px = told["frame"][1]
        lines.append(
            f"people walk from {reach['top']:.0%} to {reach['bottom']:.0%} down the picture; the "
            f"smallest are {reach['smallest'] * height_px:.0f} pixels tall"
        )
    if (ground := told["ground"]) is None:
        lines.append("ground: not known yet; let people walk near and far, or walk yourself")
    else:
        lines.append(
            f"ground: camera {ground['camera_m']} m up, {ground['pitch']} degrees down, heights "
            f"off by {ground['off']:.0%} in the middle; "
            + ("confirmed by tape" if ground["confirmed"] else "not confirmed: stand on marks")
        )
    lines += [
        f"line {one['name']}: from {_hundredths(one['a'])} to {_hundredths(one['b'])}"
        + (f"; walked: {one['walked'][0]} in, {one['walked'][1]} out" if one["walked"] else "")
        for one in told["lines"]
    ]
    lines += [f"zone {one['name']}: {len(one['corners'])} corners" for one in told["zones"]]
    if told["masks"]:
        lines.append(f"masks: {len(told['masks'])}")
    if told["walk"] is not None:
        lines.append(f"walking: {told['walk']} places so far")
    if (trial := told["trial"]) is not None:
        beside = f"; {trial['beside']} passed beside it" if trial["beside"] else ""
        lines.append(f"counting at {trial['line']}: {trial['in']} in, {trial['out']} out{beside}")
    return lines


def _hundredths(place: list[float]) -> str:
    return f"{100 * place[0]:.1f} {100 * place[1]:.1f}"
