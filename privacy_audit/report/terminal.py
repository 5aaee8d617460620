# SPDX-License-Identifier: Apache-2.0
"""The audit in a terminal: the questions, one line a finding, and the outcome last."""

from rich.console import Console
from rich.text import Text

from privacy_audit.finding import Finding, Verdict
from privacy_audit.limits import capacity_in_words
from privacy_audit.parts import PARTS
from privacy_audit.report.result import EXIT_CLASSES, AuditResult
from wire_contract.messages.report import Level

COLOURS = {
    Verdict.PROVEN: "green",
    Verdict.TWIN: "green",
    Verdict.LIMIT: "default",
    Verdict.UNPROVEN: "yellow",
    Verdict.FELL: "bold red",
}
UNGUARDED_STYLE = "bold red"
"""At this level pictures cross a cable that nobody here guards."""


def show(result: AuditResult) -> None:
    """Print the findings and what they amount to."""
    console = Console(highlight=False)
    asked = {part.name: part.question for part in PARTS}
    shown = ""
    for finding in result.findings:
        if finding.part != shown:
            shown = finding.part
            console.print(
                Text(f"\n{shown}: {asked.get(shown, 'The box refused to start')}", style="bold"),
                soft_wrap=True,
            )
        console.print(_line(finding), soft_wrap=True)
    console.print()
    for line in _closing(result):
        style = (
            UNGUARDED_STYLE
            if result.level == Level.NETWORK_CAMERA and line.startswith("level")
            else ""
        )
        console.print(Text(line, style=style), soft_wrap=True)


def _line(finding: Finding) -> Text:
    line = Text("  ")
    verdict = (
        f"{finding.verdict}: {finding.mechanism}"
        if finding.verdict is Verdict.FELL
        else str(finding.verdict)
    )
    line.append(verdict, style=COLOURS[finding.verdict])
    tried = f", {finding.refused} of {finding.attacks} refused" if finding.attacks else ""
    return line.append(f"  {finding.name}{tried}: {finding.detail}")


def _closing(result: AuditResult) -> list[str]:
    figures = result.as_json()
    lines = [
        (
            f"level {result.level or 'not looked at'}, measured from outside; ledger "
            f"{result.ledger or 'not looked at'}"
        ),
    ]
    if EXIT_CLASSES in result.parts:
        tried = (
            f"{figures['attacks']} ways out tried, {figures['refused']} refused; "
            f"{figures['controls']} controls did succeed"
        )
        lines.append(f"{tried}, in {len(result.classes)} classes")
    if result.capacity_bits_per_window is not None and result.window_s is not None:
        lines.append(
            "most that could leave: "
            f"{capacity_in_words(result.capacity_bits_per_window, result.window_s)}"
        )
    lines += [
        f"unproven: {finding.part}: {finding.name}: {finding.detail}" for finding in result.unproven
    ]
    lines += [f"not expected: {finding.part}: {finding.name}" for finding in result.unexpected]
    lines.append(f"report {result.serial}")
    lines.append(
        f"fell: {', '.join(result.fell) or 'nothing'}; {len(result.unproven)} unproven; "
        f"{result.seconds_in_all:.0f} s"
    )
    return lines
