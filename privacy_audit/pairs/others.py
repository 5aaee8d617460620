# SPDX-License-Identifier: Apache-2.0
"""What others on the machine see of the running processes.

They are asked, as another user, of each file that /proc has of them.
"""

import json
import subprocess
import sys
from pathlib import Path

from edge_agent.confinement import appearance
from edge_agent.confinement.kernel import namespaces
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.pairs.crew import OUTSIDER_UID
from privacy_audit.target.box import AuditedBox

PART = "pairs"
NAME = "what others on the machine see of the running processes"
SUBJECT = "the running production process"
WITHIN_S = 60.0
WORDS = ("cmdline", "environ")
_HIDING = frozenset({"hidepid=invisible", "hidepid=2", "hidepid=4", "hidepid=ptraceable"})
# A process of another user: this interpreter may lie where that user cannot go, so it changes after
# it has started.
_ASK = """
import json, os, sys
os.setgroups([]); os.setresgid(*[int(sys.argv[1])] * 3); os.setresuid(*[int(sys.argv[1])] * 3)
seen = {}
for pid in sys.argv[2:]:
    seen[pid] = {}
    try:
        names = os.listdir(f"/proc/{pid}")
    except OSError:
        continue
    for name in names:
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                seen[pid][name] = len(file.read(4096))
        except OSError:
            pass
print(json.dumps(seen))
"""


def hides_processes(mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Say whether every /proc of this machine's own view hides processes from other users."""
    rows = [line.split() for line in mounts.read_text("utf-8", "replace").splitlines()]
    views = [row[3].split(",") for row in rows if row[2] == "proc" and row[1] == "/proc"]
    return bool(views) and bool(_HIDING & set(views[-1]))


def look(box: AuditedBox) -> list[Finding]:
    """Ask as another user what there is to be seen, and read what every list of processes shows."""
    return [_words(box), _view(box)]


def _view(box: AuditedBox) -> Finding:
    if not namespaces.may_separate():
        return _finding(
            NAME, Verdict.UNPROVEN, "only root can ask as another user; run the audit as root"
        )
    pids = [str(pid) for pid in box.pids.values()]
    command = [sys.executable, "-I", "-c", _ASK, str(OUTSIDER_UID), *pids]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=WITHIN_S)  # noqa: S603 - our own words
    if done.returncode != 0 or not pids:
        return _finding(
            NAME,
            Verdict.UNPROVEN,
            f"nobody could ask: {done.stderr.strip()[-200:] or 'no process runs'}",
        )
    seen = json.loads(done.stdout)
    shown = sorted({name for files in seen.values() for name, length in files.items() if length})
    if not shown:
        return _finding(
            NAME,
            Verdict.PROVEN,
            f"nothing: not one file of {len(pids)} processes can be read by another user",
        )
    if hides_processes():
        return _finding(
            NAME,
            Verdict.FELL,
            f"/proc hides processes, and yet another user reads {', '.join(shown[:8])}",
        )
    what = (
        "missing: /proc is mounted without hidepid=invisible, so every user of this machine reads "
        f"{len(shown)} files of each process. Of an honest one they show how busy it is, and so "
        "whether somebody is in the picture; a lying one can write there"
    )
    return _finding(NAME, Verdict.UNPROVEN, what)


def _words(box: AuditedBox) -> Finding:
    name, faults, unseen = "words of the running processes", [], []
    for role, pid in box.pids.items():
        try:
            seen = appearance.seen(pid)
        except OSError as error:
            unseen.append(f"{role}: {error.strerror}")
            continue
        if seen.arguments or seen.environment:
            faults.append(
                f"{role} shows {seen.arguments} bytes of arguments and {seen.environment} of "
                "environment"
            )
        if seen.names != {appearance.word(role)}:
            faults.append(
                f"threads of {role} are named {', '.join(sorted(seen.names))}, wanted "
                f"{appearance.word(role)} alone"
            )
        if seen.closed is False:
            faults.append(f"{role} can write new arguments for all to see")
    if faults:
        return _finding(name, Verdict.FELL, "; ".join(faults))
    if unseen or not box.pids:
        return _finding(name, Verdict.UNPROVEN, "; ".join(unseen) or "no process runs")
    return _finding(
        name,
        Verdict.PROVEN,
        "no arguments, no environment, one fixed name, and no bounds to write others between",
    )


def _finding(name: str, verdict: Verdict, detail: str) -> Finding:
    return Finding(PART, name, Mechanism.PROCESS_VIEW, SUBJECT, verdict, detail)
