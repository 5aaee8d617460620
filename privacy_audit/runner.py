# SPDX-License-Identifier: Apache-2.0
"""Run the audit: get the box, let the parts look side by side, and join what they found.

A part that cannot look (a tool or a right is missing) is one unproven finding with the reason,
never a crash and never a success. A box that says itself why it does not start has fallen in what
it names.
"""

import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from edge_agent.errors import EdgeAgentError
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.parts import PARTS, Part
from privacy_audit.report.result import AuditResult, bits_per_window
from privacy_audit.target.box import AuditedBox, is_root
from privacy_audit.target.programs import NotInTimeError
from privacy_audit.target.running_box import under_units
from privacy_audit.target.testbed import BoxError, RestlessBoxError, stage
from privacy_audit.target.versions import versions
from privacy_audit.timing import Meter

_COULD_NOT = "the audit could not look"
SIDE_BY_SIDE = 3
"""Parts at a time: most of them wait for programs that they started."""
_MISSING = re.compile(r"confinement: level \w+, .*?; missing: (.*?); see")
_MEANS = {
    "no new privileges": Mechanism.SECCOMP,
    "seccomp, both stages, on every thread": Mechanism.SECCOMP,
    "filters of every thread are those of the tables": Mechanism.SECCOMP,
    "a user of its own": Mechanism.UID,
    "no capability": Mechanism.UID,
    "not dumpable": Mechanism.DUMPABLE,
    "limits of the table": Mechanism.RLIMITS,
    "no shared writable memory but its own": Mechanism.DESCRIPTORS,
    "own namespace": Mechanism.NAMESPACES,
    "no writable mount but its own": Mechanism.MOUNT_VIEW,
}
"""The supervisor's words for what it missed."""
Tell = Callable[[str], None]


def run(
    config_path: Path | None, settings: tuple[str, ...], parts: tuple[Part, ...], tell: Tell
) -> AuditResult:
    """Look at a box with these parts.

    Raises EdgeAgentError where there is no box to look at; `tell` hears how it goes.
    """
    begun = Begun(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}", time.monotonic(), parts, Meter())
    # Who is stopped half-way ends the box first, without which the parts soon end too, and then
    # removes their folder.
    with (
        tempfile.TemporaryDirectory(
            prefix="people-count-audit-", ignore_cleanup_errors=True
        ) as made,
        begun.meter,
        ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="audit") as looking,
    ):
        tell(
            "getting the box: the one that runs, or one started with a broker, a centre and a "
            "synthetic clip"
        )
        try:
            with stage(config_path, settings, Path(made)) as box:
                tell(f"{box.config.site}/{box.config.device} runs; {len(parts)} parts look at it")
                findings, seconds = _look(box, parts, looking, tell)
                return begun.ended(box, (*findings, *unseen(config_path)), seconds)
        except RestlessBoxError as error:
            tell(str(error))
            return begun.ended(None, (*fallen_at_start(error), _restless(error)), {})
        except BoxError as error:
            if not (fallen := fallen_at_start(error)):
                raise
            tell(str(error))
            return begun.ended(None, fallen, {})
        except NotInTimeError as error:
            tell(str(error))
            return begun.ended(None, (_could_not_look("start", parts[0].mechanism, error),), {})


@dataclass(frozen=True, slots=True)
class Begun:
    """An audit under way: when it began, and with which parts."""

    utc: str
    monotonic_s: float
    parts: tuple[Part, ...]
    meter: Meter

    def ended(
        self, box: AuditedBox | None, findings: tuple[Finding, ...], seconds: dict[str, float]
    ) -> AuditResult:
        """Return the result.

        box None: it refused to start, and so there is nothing more to say of it.
        """
        return AuditResult(
            device=f"{box.config.site}/{box.config.device}" if box else "a box that did not start",
            started=box is None or box.started,
            began_utc=self.utc,
            root=is_root(),
            parts=tuple(part.name for part in self.parts) if box else (),
            whole=box is not None and len(self.parts) == len(PARTS),
            findings=tuple(self.meter.explained(judged(finding)) for finding in findings),
            capacity_bits_per_window=bits_per_window(box) if box else None,
            window_s=_window_s(box) if box else None,
            versions=versions(box) if box else {},
            seconds=seconds,
            seconds_in_all=time.monotonic() - self.monotonic_s,
            programs=self.meter.programs,
            named=box.named if box else None,
        )


def _window_s(box: AuditedBox) -> int:
    """Return how long the windows of the box are that the paper is about."""
    return box.named.window_s if box.named else box.config.window.length_s


def judged(finding: Finding) -> Finding:
    """Return a finding that claims no more than it shows.

    Attempts that were refused prove little where none can succeed.
    """
    if (
        finding.verdict in (Verdict.PROVEN, Verdict.TWIN)
        and finding.attacks
        and not finding.controls
    ):
        more = (
            "no attempt was seen to succeed without the wall, and a refusal without that proves "
            "little"
        )
        return replace(finding, verdict=Verdict.UNPROVEN, detail=f"{finding.detail}; {more}")
    return finding


def without_pdf(result: AuditResult) -> AuditResult:
    """Return the result of an audit whose PDF cannot be written, for want of its library."""
    why = (
        "the library that writes it is not installed: install the extra [audit], or write --html "
        "and print that"
    )
    missing = Finding(
        "report",
        "the report as a PDF",
        PARTS[0].mechanism,
        "this installation",
        Verdict.UNPROVEN,
        why,
    )
    return replace(result, findings=(*result.findings, missing))


def unseen(config_path: Path | None) -> tuple[Finding, ...]:
    """Say where systemd runs a box of this config.

    Another one was started and looked at, and it is not the one that runs.
    """
    if config_path is None or not under_units(config_path):
        return ()
    what = (
        "it was not looked at itself: what was audited is a second box, started from the same "
        "config. How it is locked in was measured at its start: journalctl -u "
        "'people-count-admit@*'"
    )
    subject = "the running production process"
    return (
        Finding(
            PARTS[0].name,
            "the box that systemd runs",
            PARTS[0].mechanism,
            subject,
            Verdict.UNPROVEN,
            what,
        ),
    )


def _restless(error: RestlessBoxError) -> Finding:
    """Return the finding of a box whose processes do not stay.

    No wait that ran out, but ends that were seen.
    """
    return Finding(
        "start",
        "processes that stay",
        Mechanism.SUPERVISOR,
        "edge-agent run",
        Verdict.FELL,
        error.ends,
    )


def fallen_at_start(error: BoxError) -> tuple[Finding, ...]:
    """Return the mechanisms that a box which refused to start named as missing.

    There are none where it had another reason.
    """
    told = ", ".join(_MISSING.findall(str(error)))
    found = {name: mechanism for name, mechanism in _MEANS.items() if name in told}
    return tuple(
        Finding(
            "start",
            name,
            mechanism,
            "edge-agent run",
            Verdict.FELL,
            "the box measured itself and refused to start",
        )
        for name, mechanism in found.items()
    )


def _look(
    box: AuditedBox, parts: tuple[Part, ...], looking: ThreadPoolExecutor, tell: Tell
) -> tuple[tuple[Finding, ...], dict[str, float]]:
    """Let each part look; return all findings in the parts' order, and the seconds of each."""
    found: dict[str, list[Finding]] = {}
    seconds: dict[str, float] = {}

    def one(part: Part) -> Part:
        began_s = time.monotonic()
        found[part.name] = _attempt(part, box)
        seconds[part.name] = time.monotonic() - began_s
        return part

    try:
        for done in as_completed([looking.submit(one, part) for part in parts if not part.alone]):
            tell(_progress(done.result(), found, seconds))
    finally:
        looking.shutdown(wait=False, cancel_futures=True)
    for part in parts:
        if part.alone:
            tell(_progress(one(part), found, seconds))
    return tuple(finding for part in parts for finding in found[part.name]), seconds


def _attempt(part: Part, box: AuditedBox) -> list[Finding]:
    try:
        found = part.look(box)
    except (EdgeAgentError, OSError, subprocess.SubprocessError) as error:
        # What keeps a part from looking is no proof of anything, and is said with the part's name.
        return [_could_not_look(part.name, part.mechanism, error)]
    return [_as_limit(finding) for finding in found] if part.limit else found


def _could_not_look(part: str, mechanism: Mechanism, error: Exception) -> Finding:
    what = f"{_COULD_NOT}: {error}"
    return Finding(part, "all of it", mechanism, "nothing", Verdict.UNPROVEN, what)


def _as_limit(finding: Finding) -> Finding:
    """Return what a part has shown that is about a limit: that is no promise kept."""
    shown = finding.verdict in (Verdict.PROVEN, Verdict.TWIN)
    return (
        replace(finding, verdict=Verdict.LIMIT, attacks=0, refused=0, controls=0)
        if shown
        else finding
    )


def _progress(part: Part, found: dict[str, list[Finding]], seconds: dict[str, float]) -> str:
    findings = found[part.name]
    counts = {
        verdict: sum(finding.verdict is verdict for finding in findings) for verdict in Verdict
    }
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return f"{part.name}: {said}, {seconds[part.name]:.1f} s"
