# SPDX-License-Identifier: Apache-2.0
"""Is a set-up open on this machine? While one is, positions may leave the process that sees.

By the names that a locked process has and cannot change, of every process of the machine, whoever
started it: a set-up is no child of the box's supervisor. And whether the one socket that it would
listen on is there. An audited box publishes, and beside that nothing of a set-up may stand.
"""

from collections.abc import Iterator
from pathlib import Path

from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.target.box import AuditedBox

NAMES = ("pc-surveyor", "pc-page")
NAME, _SUBJECT = "no set-up is open", "every process of this machine"
_LISTENING = "0A"  # net/tcp_states.h: TCP_LISTEN


def look_for_setup(part: str, box: AuditedBox) -> Finding:
    """Return the finding of `part`: no process of a set-up, and nobody where its page would be."""
    open_now = sorted(set(_found(NAMES)))
    if _is_listened_on(box.config.commission.listen):
        open_now.append("installer-page")
    verdict = Verdict.FELL if open_now else Verdict.PROVEN
    detail = f"a set-up is open: {', '.join(open_now)}" if open_now else "none"
    return Finding(part, NAME, Mechanism.SUPERVISOR, _SUBJECT, verdict, detail)


def _found(names: tuple[str, ...]) -> Iterator[str]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            name = (folder / "comm").read_text("utf-8", "replace").strip()
        except OSError:
            continue
        if name in names:
            yield name


def _is_listened_on(listen: str) -> bool:
    """Say whether somebody listens at an address, as the kernel lists it: proc(5), net/tcp."""
    host, _, port = listen.partition(":")
    octets = bytes(int(one) for one in host.split("."))
    wanted = f"{octets[::-1].hex().upper()}:{int(port):04X}"
    rows = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    return any(row.split()[1] == wanted and row.split()[3] == _LISTENING for row in rows)
