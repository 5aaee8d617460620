# SPDX-License-Identifier: Apache-2.0
"""The feeder's firewall: its user reaches one address and TCP port and nothing else.

What it may send there is capped.

Laid as a table of nftables of its own by the supervisor before the feeder starts, measured before
the feeder may begin and while it runs, and removed after it has ended. Only root can lay it, and a
process without capabilities cannot touch it. Where it cannot be laid there is no feeder: every
failure raises ProcessError.

The rule goes by the user who opened a socket. What a closed connection still sends has no user any
more; towards the camera it counts under the same cap, and no connection to anywhere else can come
to be.
"""

import ipaddress
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from edge_agent.errors import ProcessError

TABLE = "people_count_feeder"
BYTES_PER_S, BURST_BYTES = 256, 16_384
"""The cap on packets with content, headers counted: a handshake with its log-in, then a word now
and then."""
EMPTY_PER_S, EMPTY_BURST = 5_000, 1_000
"""Packets without content acknowledge what the camera sends: one for about 3 kB, so this is good
for 15 MB/s."""
_PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
_WITHIN_S = 10.0
_KNOCK_S = 2.0
_NOISE = frozenset({"handle", "bytes", "packets", "metainfo"})
# A TCP header of so many words of 4 bytes and nothing behind it, by the length of the packet (IPv4)
# or of its payload (IPv6).
_TCP_WORDS = range(5, 16)
_EMPTY = {
    4: [f"ip hdrlength 5 ip length {20 + 4 * words} tcp doff {words}" for words in _TCP_WORDS],
    6: [f"ip6 nexthdr tcp ip6 length {4 * words} tcp doff {words}" for words in _TCP_WORDS],
}


@dataclass(frozen=True, slots=True)
class Peer:
    """The one address (a number) and TCP port that a feeder may reach."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Counted:
    """Bytes of the feeder that passed and that were refused, headers included.

    As the kernel counted them since the table was laid.
    """

    sent_bytes: int
    refused_bytes: int


class Firewall:
    """The table of one feeder."""

    def __init__(self, peer: Peer, *, uid: int) -> None:
        self._peer = peer
        self._uid = uid
        self._laid: object = None

    @property
    def is_laid(self) -> bool:
        """Whether the table was put in force, and not taken away by us since."""
        return self._laid is not None

    def lay(self) -> None:
        """Put the table in force, in the place of one that was left behind. Raises ProcessError."""
        _nft("-f", "-", text=self.rules())
        self._laid = self._listed()

    def remove(self) -> None:
        """Take the table away; the feeder must have ended. Raises ProcessError."""
        _nft("-f", "-", text=f"table inet {TABLE}\ndelete table inet {TABLE}\n")
        self._laid = None

    def counted(self) -> Counted:
        """Return what has gone so far. Raises ProcessError where the table is not there."""
        rows = [row["counter"] for row in _list() if "counter" in row]
        found = {row["name"]: int(row["bytes"]) for row in rows}
        return Counted(found["feeder_sent"], found["feeder_refused"])

    def holds(self) -> bool:
        """Say whether the table stands as it was laid."""
        try:
            return self._laid is not None and self._listed() == self._laid
        except ProcessError:
            return False

    def refuses(self) -> bool:
        """Say whether the feeder's user, and not ours, is refused at a port of this machine."""
        with socket.create_server(("127.0.0.1", 0)) as door:
            return not _knock(door, uid=self._uid) and _knock(door, uid=os.geteuid())

    def rules(self) -> str:
        """Return the table as nft reads it."""
        version = ipaddress.ip_address(self._peer.host).version
        family = "ip" if version == 4 else "ip6"  # noqa: PLR2004 - the version of the protocol
        limit = f"limit rate {BYTES_PER_S} bytes/second burst {BURST_BYTES} bytes"
        empty = "\n".join(f"\t\t{packet} goto empty" for packet in _EMPTY[version])
        return f"""table inet {TABLE}
delete table inet {TABLE}
table inet {TABLE} {{
	counter feeder_sent {{ }}
	counter feeder_refused {{ }}
	chain empty {{
		limit rate {EMPTY_PER_S}/second burst {EMPTY_BURST} packets counter name feeder_sent accept
		counter name feeder_refused drop
	}}
	chain camera {{
		meta skuid != {self._uid} return
{empty}
		{limit} counter name feeder_sent accept
		counter name feeder_refused drop
	}}
	chain sent {{
		type filter hook output priority filter - 10; policy accept;
		{family} daddr {self._peer.host} tcp dport {self._peer.port} jump camera
		meta skuid {self._uid} counter name feeder_refused reject with icmpx admin-prohibited
	}}
}}
"""

    def _listed(self) -> object:
        return _still(_list())


def _list() -> list[dict[str, dict[str, str]]]:
    rows: list[dict[str, dict[str, str]]] = json.loads(_nft("-j", "list", "table", "inet", TABLE))[
        "nftables"
    ]
    return rows


def _still(tree: object) -> object:
    """Return a listing without what changes by itself: counters and handles."""
    if isinstance(tree, dict):
        return {key: _still(value) for key, value in tree.items() if key not in _NOISE}
    return [_still(one) for one in tree] if isinstance(tree, list) else tree


def _nft(*arguments: str, text: str = "") -> str:
    program = shutil.which("nft", path=_PATH)
    if program is None:
        raise ProcessError(
            "firewall: nft is not installed; a network camera needs it: apt-get install nftables"
        )
    try:
        done = subprocess.run(  # noqa: S603 - the system's own program, found on a fixed path
            [program, *arguments],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=_WITHIN_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProcessError(
            f"firewall: nft: {error}; without it there is no network camera"
        ) from error
    if done.returncode != 0:
        first = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[0]
        raise ProcessError(
            f"firewall: nft says {first}; a network camera needs root and a kernel with nf_tables"
        )
    return done.stdout


def _knock(door: socket.socket, *, uid: int) -> bool:
    """Say whether a connection of `uid` to a port of ours comes about."""
    with _as_user(uid):
        # The kernel's rule goes by who opened the socket, not by who uses it.
        visitor = socket.socket()
    with visitor:
        visitor.settimeout(_KNOCK_S)
        try:
            visitor.connect(door.getsockname())
        except OSError:
            return False
        guest, _ = door.accept()
        guest.close()
        return True


@contextmanager
def _as_user(uid: int) -> Iterator[None]:
    own = os.geteuid()
    try:
        os.seteuid(uid)
        yield
    except PermissionError as error:
        raise ProcessError(
            "firewall: only root can measure it; a network camera needs root"
        ) from error
    finally:
        os.seteuid(own)
