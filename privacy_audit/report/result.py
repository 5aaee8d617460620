# SPDX-License-Identifier: Apache-2.0
"""What an audit found, as a whole: for the terminal, for a machine, for the report."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from privacy_audit.confinement import processes
from privacy_audit.expected import Circumstances, is_expected
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.gate import capacity
from privacy_audit.target.box import AuditedBox
from privacy_audit.target.named_config import NamedConfig
from privacy_audit.timing import is_busy

EXIT_CLASSES = "exit classes"
ORDER = list(Verdict)


@dataclass(frozen=True, slots=True)
class AuditResult:
    """One audit of the box `device` (SITE/DEVICE).

    parts: those that were run. whole: they are all there are.

    Of a box that refused to start there is neither a capacity nor a window. seconds by part, and of
    it all.
    """

    device: str
    started: bool
    began_utc: str
    root: bool
    parts: tuple[str, ...]
    whole: bool
    findings: tuple[Finding, ...]
    capacity_bits_per_window: float | None
    window_s: int | None
    versions: Mapping[str, str]
    seconds: Mapping[str, float]
    seconds_in_all: float
    programs: float = 0.0
    """How many programs were at work on the machine meanwhile, on average."""
    named: NamedConfig | None = None
    """The config that was given; None where the box was the audit's own, or did not start."""

    @property
    def serial(self) -> str:
        """The report's number: the day, and twelve digits of a SHA-256.

        It is taken over all else that --json prints, in canonical form.
        """
        digits = hashlib.sha256(
            json.dumps(self.as_json(), sort_keys=True, separators=(",", ":")).encode("ascii")
        ).hexdigest()
        return "-".join(
            (self.began_utc[:10].replace("-", ""), digits[:4], digits[4:8], digits[8:12])
        )

    @property
    def unexpected(self) -> tuple[Finding, ...]:
        """What could not be proven and is not on the list in the documents."""
        how = Circumstances(root=self.root, started=self.started, busy=is_busy(self.programs))
        return tuple(finding for finding in self.unproven if not is_expected(finding, how))

    @property
    def exit_code(self) -> int:
        """1 where something fell; 3 where nothing did, but something unexpected is unproven.

        0 otherwise.
        """
        return 1 if self.fell else 3 if self.unexpected else 0

    @property
    def fell(self) -> tuple[str, ...]:
        """The mechanisms that did not hold, each once, in the order of their table."""
        found = {finding.mechanism for finding in self.findings if finding.verdict is Verdict.FELL}
        return tuple(str(mechanism) for mechanism in Mechanism if mechanism in found)

    @property
    def unproven(self) -> tuple[Finding, ...]:
        """What could not be looked at."""
        return tuple(finding for finding in self.findings if finding.verdict is Verdict.UNPROVEN)

    @property
    def _ways_out(self) -> tuple[Finding, ...]:
        """Distinct attempts to get something out.

        What a flood of records tried is counted in its own findings.
        """
        return tuple(finding for finding in self.findings if finding.part == EXIT_CLASSES)

    @property
    def classes(self) -> dict[str, str]:
        """The exit classes, each with its verdict: the worst of the findings about it."""
        found: dict[str, Verdict] = {}
        for finding in self._ways_out:
            found[finding.name] = max(
                found.get(finding.name, Verdict.PROVEN), finding.verdict, key=ORDER.index
            )
        return {name: str(verdict) for name, verdict in found.items()}

    @property
    def level(self) -> str | None:
        """The confinement level as measured; None where the processes were not looked at."""
        return processes.level(list(self.findings)) if processes.PART in self.parts else None

    @property
    def ledger(self) -> str | None:
        """`complete`, or what differs; None where the ledger was not looked at."""
        own = [finding for finding in self.findings if finding.mechanism is Mechanism.LEDGER_ENTRY]
        # Bytes that cannot be told from another's say nothing of the ledger; bytes that nothing
        # explains do.
        about = [
            finding
            for finding in own
            if finding.verdict is not Verdict.UNPROVEN or not finding.name.startswith("bytes")
        ]
        if not about:
            return None
        worst = max(about, key=lambda finding: ORDER.index(finding.verdict))
        return (
            "complete"
            if worst.verdict in {Verdict.PROVEN, Verdict.TWIN}
            else f"{worst.verdict}: {worst.detail}"
        )

    def as_json(self) -> dict[str, object]:
        """Return what --json prints, but for the serial, which is made of it."""
        return {
            "device": self.device,
            "root": self.root,
            "level": self.level,
            "classes": self.classes,
            "attacks": sum(finding.attacks for finding in self._ways_out),
            "refused": sum(finding.refused for finding in self._ways_out),
            "controls": sum(finding.controls for finding in self._ways_out),
            "unproven": [
                f"{finding.part}: {finding.name}: {finding.detail}" for finding in self.unproven
            ],
            "unexpected": [f"{finding.part}: {finding.name}" for finding in self.unexpected],
            "fell": list(self.fell),
            "ledger": self.ledger,
            "capacity_bits_per_window": self.capacity_bits_per_window,
            "started_by_the_audit": self.started,
            "parts": list(self.parts),
            "whole": self.whole,
            "began_utc": self.began_utc,
            "programs_at_work": round(self.programs, 1),
            "seconds": round(self.seconds_in_all, 1),
            "seconds_by_part": {name: round(seconds, 1) for name, seconds in self.seconds.items()},
            "versions": dict(self.versions),
            "named_config": None if self.named is None else asdict(self.named),
            "findings": [asdict(finding) for finding in self.findings],
        }


def bits_per_window(box: AuditedBox) -> float:
    """Return the bits of one window, the sensor's and those of health, to a thousandth upwards."""
    return math.ceil((capacity.bits_per_window(box.config) + capacity.HEALTH_BITS) * 1000) / 1000
