# SPDX-License-Identifier: Apache-2.0
"""Ask the kernel how many bytes were sent.

It tells of a process over its open TCP connections, and of a user in all while we look.

The first is what every socket keeps for itself (sock_diag, tcp_info) since it was opened; the
second a counting rule of nftables in a table of its own, which is taken away again and changes
nothing else. Sources: linux/sock_diag.h, inet_diag.h, tcp.h; nft(8).
"""

import json
import os
import shutil
import socket
import struct
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_SOCK_DIAG, _BY_FAMILY, _REQUEST_DUMP, _DONE, _ERROR = 4, 20, 0x301, 3, 2
_INFO = 2
_ESTABLISHED, _ALL_STATES = 1, 0xFFF
_HEAD, _ASK, _TOLD = (
    struct.Struct("=IHHII"),
    struct.Struct("=BBBBI48x"),
    struct.Struct("=BBBB2s2s16s16s12xIIIII"),
)
_BYTES_ACKED = struct.Struct("=120xQQ")
_SYSTEM_PATH = f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin"
NFT_WITHIN_S = 20


@dataclass(frozen=True, slots=True)
class TcpConnection:
    """One open TCP connection: its ends as (address, port), its inode, and the bytes each way.

    Only bytes of content count.
    """

    here: tuple[bytes, int]
    there: tuple[bytes, int]
    family: int
    inode: int
    sent_bytes: int
    received_bytes: int


def connections(pid: int) -> list[TcpConnection]:
    """Return the open connections of a process; those between two of its own sockets are left out.

    Raises OSError.
    """
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            leads_to = str(entry.readlink())
            if leads_to.startswith("socket:["):
                inodes.add(int(leads_to[8:-1]))
    found = [
        one
        for family in (socket.AF_INET, socket.AF_INET6)
        for one in _dump(family)
        if one.inode in inodes
    ]
    own_ends = {one.here for one in found}
    return [one for one in found if one.there not in own_ends]


def _dump(family: int) -> list[TcpConnection]:
    found: list[TcpConnection] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
        ask = _ASK.pack(family, socket.IPPROTO_TCP, 1 << (_INFO - 1), 0, _ALL_STATES)
        kernel.send(_HEAD.pack(_HEAD.size + len(ask), _BY_FAMILY, _REQUEST_DUMP, 1, 0) + ask)
        while True:
            answer = kernel.recv(1 << 16)
            place = 0
            while place < len(answer):
                length, kind, *_ = _HEAD.unpack_from(answer, place)
                if kind == _DONE:
                    return found
                if kind == _ERROR:
                    raise OSError(
                        "sock_diag: the kernel refused to list sockets; it was built without it, "
                        "or our rights are too few"
                    )
                connection = _read(answer[place + _HEAD.size : place + length])
                if connection is not None:
                    found.append(connection)
                place += (length + 3) & ~3


def _read(told: bytes) -> TcpConnection | None:
    family, state, _, _, here_port, there_port, here, there, _, _, _, _, inode = _TOLD.unpack_from(
        told
    )
    if state != _ESTABLISHED:
        return None
    place = _TOLD.size
    while place + 4 <= len(told):
        length, kind = struct.unpack_from("=HH", told, place)
        if kind == _INFO:
            sent, received = _BYTES_ACKED.unpack_from(told, place + 4)
            ports = int.from_bytes(here_port, "big"), int.from_bytes(there_port, "big")
            return TcpConnection((here, ports[0]), (there, ports[1]), family, inode, sent, received)
        place += (max(length, 4) + 3) & ~3
    return None


def others_of(pid: int) -> bool:
    """Say whether another process runs as the user of this one.

    What that user sends is then not this process's alone.
    """
    uid = Path(f"/proc/{pid}/status").read_text("ascii").partition("Uid:")[2].split()[0]
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and folder.name != str(pid):
            with suppress(OSError):
                if (folder / "status").read_text("ascii").partition("Uid:")[2].split()[0] == uid:
                    return True
    return False


@dataclass(frozen=True, slots=True)
class UserTraffic:
    """What a user has sent while we looked.

    Packets of any kind, and their bytes with all headers from IP on.
    """

    packets: int
    sent_bytes: int


class UserCounter:
    """Counts what a user sends, of any protocol, from its beginning to the end of the block.

    Raises OSError where it cannot.
    """

    def __init__(self, uid: int) -> None:
        self._uid, self._table = uid, f"people_count_audit_{os.getpid()}"
        self._nft = shutil.which("nft", path=_SYSTEM_PATH)

    def __enter__(self) -> Self:
        if self._nft is None:
            raise OSError("nft: not found on PATH; run: apt-get install nftables")
        chain = f"add chain inet {self._table} out {{ type filter hook output priority 0; }}"
        rule = f"add rule inet {self._table} out meta skuid {self._uid} counter"
        self._run("-f", "-", told=f"add table inet {self._table}\n{chain}\n{rule}\n")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run("delete", "table", "inet", self._table)

    def counted(self) -> UserTraffic:
        """Return the count so far."""
        rows = json.loads(self._run("-j", "list", "table", "inet", self._table))["nftables"]
        expressions = [part for row in rows for part in row.get("rule", {}).get("expr", ())]
        counter = next(part["counter"] for part in expressions if "counter" in part)
        return UserTraffic(counter["packets"], counter["bytes"])

    def _run(self, *arguments: str, told: str = "") -> str:
        done = subprocess.run(  # noqa: S603 - the system's own, found above
            [str(self._nft), *arguments],
            input=told,
            capture_output=True,
            text=True,
            check=False,
            timeout=NFT_WITHIN_S,
        )
        if done.returncode != 0:
            raise OSError(f"nft: {done.stderr.strip()[:200]}")
        return done.stdout
