# SPDX-License-Identifier: Apache-2.0
"""Say how often the 80 % intervals hold, on scenes that are not in their table."""

from pathlib import Path

from development.measure import intervals


def held_intervals(data: Path, *, write_table: bool) -> str:
    """Say how often intervals hold on each real clip, held out of the table, and on new streets."""
    shown, found_table, between = intervals.measure(data)
    if write_table:
        intervals.write(found_table)
    rows = [
        f"| {name} | {found['all exact']['intervals']:.0f} | {_coverage(found, 'exact')} | "
        f"{_coverage(found, 'released')} |"
        for name, found in shown.items()
    ]
    held = intervals.held_out(shown)
    return "\n".join(
        [
            (
                "80 % intervals of lines, mean and peak; each real clip is held out of the "
                "table that it is measured with, by"
            ),
            (
                "whatever detector it was looked at. The streets and squares are of other seeds, "
                "the squares of other kinds too. In"
            ),
            (
                "brackets: the median width over the count, of counts from 4 on. Released: under "
                "the default rule."
            ),
            "",
            (
                "| scene | intervals | exact: lines hold | zones hold | mean width "
                "| released: lines hold | zones hold | mean width |"
            ),
            "|---" * 8 + "|",
            *rows,
            "",
            "Real clips together: "
            + ", ".join(
                f"{word} {100 * share:.1f} % (mean of clips {100 * mean:.1f} %)"
                for word, (share, mean) in held.items()
            )
            + ". Standard deviation of truth over count from scene to scene: "
            f"{between / 10:.1f} %.",
        ]
    )


def _coverage(found: dict[str, dict[str, float]], word: str) -> str:
    lines, zones, whole = (found[f"{name} {word}"] for name in ("line", "zones", "all"))
    return (
        f"{100 * lines['share']:.1f} % ({lines['relative']:.2f}) | "
        f"{100 * zones['share']:.1f} % ({zones['relative']:.2f}) | {whole['width']:.1f}"
    )
