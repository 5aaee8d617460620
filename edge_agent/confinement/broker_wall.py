# SPDX-License-Identifier: Apache-2.0
"""Which brokers the box's own firewall lets the uplink reach.

The set `brokers` of the table `people_count`.

The installer lays that table (firmware_configs/nftables/box.nft) with the broker of the box's
config. Where it is there, a broker that a signed config names is let in beside it, and what was let
in before and is of no use goes, in one transaction. Where it is not, nothing holds the uplink to an
address, and nothing is to be done. Rule: closed unless said; what cannot be put in stays out, and
says why.
"""

import ipaddress
import json
import os
import shutil
import subprocess
from collections.abc import Sequence

TABLE, BROKERS = "people_count", "brokers"
BROKERS_MAX = 3
"""The config's, the one that was taken last, and the one before it."""
_PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
_WITHIN_S = 10.0

Place = tuple[str, int]


def let_through(places: Sequence[Place]) -> str:
    """Let the uplink reach these brokers and no others.

    Return what could not be done and why, empty where all was.
    """
    if os.geteuid() != 0 or (nft := shutil.which("nft", path=_PATH)) is None:
        return ""
    listed = _run(nft, "-j", "list", "table", "inet", TABLE)
    if listed.returncode != 0:
        return ""  # no such table: the installer has laid none
    rows = json.loads(listed.stdout)["nftables"]
    if not any(row.get("set", {}).get("name") == BROKERS for row in rows):
        return (
            "the firewall of this box is of an earlier release and names one broker: put the new "
            f"box.nft in force ({TABLE})"
        )
    elements, left_out = [], []
    for host, port in places[:BROKERS_MAX]:
        if _is_v4(host):
            elements.append(f"{host} . {port}")
        else:
            left_out.append(
                f"{host}: the firewall of this box knows addresses of IPv4 only, and no names"
            )
    lines = [f"flush set inet {TABLE} {BROKERS}"]
    if elements:
        lines.append(
            f"add element inet {TABLE} {BROKERS} {{ {', '.join(dict.fromkeys(elements))} }}"
        )
    done = _run(nft, "-f", "-", text="\n".join(lines) + "\n")
    if done.returncode != 0:
        left_out.append(f"nft says {(done.stderr.strip().splitlines() or ['nothing'])[0][:200]}")
    return "; ".join(left_out)


def _is_v4(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 4  # noqa: PLR2004 - the version of the protocol
    except ValueError:
        return False


def _run(*command: str, text: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - the system's own program, found on a fixed path
            command, input=text, capture_output=True, text=True, check=False, timeout=_WITHIN_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))
