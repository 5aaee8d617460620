# SPDX-License-Identifier: Apache-2.0
"""The paper of what was built: what the box counts at, where, and how it was confirmed.

It has no picture, because there is none: a drawing of cells that were walked on, and what lies on
them. One HTML file that loads nothing.
"""

from html import escape
from typing import Any

_WIDE = 640
_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:600}
td,th{border-bottom:1px solid #ccc;padding:.3rem .6rem .3rem 0;vertical-align:top}
svg{width:100%;height:auto;border:1px solid #999;background:#f6f6f4}.k{color:#555}
@media print{body{margin:0}}"""


def as_built(told: dict[str, Any], facts: dict[str, str]) -> str:
    """Return the paper: the state of a session as it ended, and what else is to be said of it."""
    rows = "".join(f"<tr><th>{escape(name)}<td>{escape(what)}" for name, what in facts.items())
    ground = told["ground"]
    if ground is not None:
        confirmed = "confirmed by tape" if ground["confirmed"] else "not confirmed by tape"
        rows += (
            f"<tr><th>Ground<td>camera {ground['camera_m']} m up, {ground['pitch']}&deg; down, "
            f"{confirmed}; from {told['samples']} heights of people"
        )
    lines = "".join(
        f"<tr><td>{escape(one['name'])}<td>{_hundredths(one['a'])} to {_hundredths(one['b'])}"
        f"<td>{_walked(one['walked'])}"
        for one in told["lines"]
    )
    zones = "".join(
        f"<tr><td>{escape(one['name'])}<td>{' / '.join(map(_hundredths, one['corners']))}<td>zone"
        for one in told["zones"]
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>As built</title><style>{_STYLE}</style><h1>As built</h1><table>{rows}</table>"
        f"<h2>Where people walked, and what lies there</h2>{_drawing(told)}"
        '<p class="k">Cells of a thirtieth of the picture. No picture was taken.</p>'
        f"<h2>Lines and zones</h2><table><tr><th>Name<th>Hundredths of the picture<th>Walked across"
        f"{lines}{zones}</table><p>Set up by: ____________________ Date: ____________</p></html>\n"
    )


def _walked(walked: list[int] | None) -> str:
    return "not walked across" if walked is None else f"{walked[0]} in, {walked[1]} out"


def _hundredths(place: list[float]) -> str:
    return f"{100 * place[0]:.1f}, {100 * place[1]:.1f}"


def _drawing(told: dict[str, Any]) -> str:
    width_px, height_px = told["frame"]
    tall = _WIDE * height_px / width_px
    across, down = _WIDE / 30, tall / 30
    cells = "".join(
        f'<rect x="{place % 30 * across:.1f}" y="{place // 30 * down:.1f}" width="{across:.1f}" '
        f'height="{down:.1f}" fill="#2a6f97" fill-opacity="{int(heat) / 12:.2f}"/>'
        for place, heat in enumerate(told["heat"])
        if heat != "0"
    )

    def at(place: list[float]) -> str:
        return f"{place[0] * _WIDE:.1f},{place[1] * tall:.1f}"

    areas = "".join(
        f'<polygon points="{" ".join(map(at, corners))}" fill="{fill}" fill-opacity=".35" '
        f'stroke="{fill}"/>'
        for fill, group in (("#333", told["masks"]), ("#2b7a3d", _corners(told["zones"])))
        for corners in group
    )
    lines = "".join(
        f'<polyline points="{at(one["a"])} {at(one["b"])}" stroke="#c1121f" stroke-width="3"/>'
        f'<text x="{one["a"][0] * _WIDE + 6:.1f}" y="{one["a"][1] * tall - 6:.1f}">'
        f"{escape(one['name'])}</text>"
        for one in told["lines"]
    )
    return f'<svg viewBox="0 0 {_WIDE} {tall:.1f}" role="img">{cells}{areas}{lines}</svg>'


def _corners(zones: list[dict[str, Any]]) -> list[list[list[float]]]:
    return [one["corners"] for one in zones]
