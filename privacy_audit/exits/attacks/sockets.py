# SPDX-License-Identifier: Apache-2.0
"""Out by a socket: one made now, of any family, or one from before; and by asking for a name."""

import os
import socket
import struct
from functools import partial
from pathlib import Path

from privacy_audit.exits.attacks.attack import Attack, Secret, Sign
from privacy_audit.exits.attacks.resources import Resources

FAMILY_NAMES = {
    1: "Unix",
    2: "IPv4",
    3: "AX.25",
    4: "IPX",
    5: "AppleTalk",
    6: "NET/ROM",
    8: "ATM PVC",
    9: "X.25",
    10: "IPv6",
    11: "ROSE",
    15: "key",
    16: "netlink",
    17: "packet",
    20: "ATM SVC",
    21: "RDS",
    23: "IrDA",
    24: "PPPoX",
    26: "LLC",
    27: "InfiniBand",
    28: "MPLS",
    29: "CAN",
    30: "TIPC",
    31: "Bluetooth",
    32: "IUCV",
    33: "RxRPC",
    34: "ISDN",
    35: "Phonet",
    36: "802.15.4",
    37: "CAIF",
    38: "crypto",
    39: "NFC",
    40: "vsock",
    41: "KCM",
    42: "Qualcomm IPC",
    43: "SMC",
    44: "XDP",
    45: "MCTP",
}
_TYPES = (1, 2, 5, 3)
"""Stream, datagram, sequenced packet, raw."""
_PROTOCOLS = {socket.AF_PACKET: 3, 44: 0, 16: 0}
"""Of a raw socket; 1 elsewhere."""
_FAST_OPEN = 0x20000000
_LOOPBACK = bytes((127, 0, 0, 1))
_SO_REUSEADDR, _SO_PRIORITY, _SO_RCVLOWAT = 2, 12, 18
_LOOPBACK_UP = struct.pack("16sh14x", b"lo", 0x41)
_SIOCSIFFLAGS = 0x8914
_DNS_PORT = 53
_PRIVATE, _BIND = 1 << 18 | 1 << 14, 1 << 12


def _family(family: int, on: Resources) -> int:
    """Open a socket of this family, of the first type that it has."""
    for kind in _TYPES[:-1]:
        try:
            return on.call("socket", family, kind, 0)
        except OSError:
            continue
    return on.call("socket", family, _TYPES[-1], _PROTOCOLS.get(family, 1))


def _internet(port: int) -> bytes:
    return struct.pack("<H", socket.AF_INET) + struct.pack(">H", port) + _LOOPBACK + bytes(8)


def _unix(name: bytes) -> bytes:
    return struct.pack("<H", socket.AF_UNIX) + name + b"\0"


def _name_of(on: Resources, call: str) -> bytes:
    """Return the port that getsockname or getpeername tells of the connected UDP socket."""
    on.call(call, on.means.udp, on.buffer, struct.pack("<I", 16))
    return on.buffer.raw[2:4]


def _option(on: Resources) -> bytes:
    on.call(
        "getsockopt", on.means.udp, socket.SOL_SOCKET, _SO_RCVLOWAT, on.buffer, struct.pack("<I", 4)
    )
    return on.buffer.raw[:4]


def _many(on: Resources, socket_fd: int) -> int:
    message = on.message()
    return on.call("sendmmsg", socket_fd, message.raw[:56] + bytes(8), 1, 0)


def _resolve(_on: Resources) -> None:
    try:
        socket.getaddrinfo("told-by-its-name.invalid", 80)
    except socket.gaierror as error:
        raise OSError(1, str(error)) from error


def _own_names(on: Resources) -> None:
    """Give the control a network of its own whose name server is the witness.

    So nothing is asked of the city's.
    """
    on.call("unshare", 0x40000000 | 0x20000)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        on.call("ioctl", any_socket.fileno(), _SIOCSIFFLAGS, _LOOPBACK_UP)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(fileno=os.dup(on.means.datagrams)) as way,
    ):
        server.bind(("127.0.0.1", _DNS_PORT))
        way.sendmsg(
            [b"server"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", server.fileno()))]
        )
    on.call("mount", None, b"/", None, _PRIVATE, None)
    texts = {
        "resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
        "nsswitch.conf": "hosts: dns\n",
    }
    for name, text in texts.items():
        own, shown = Path(f"own-{name}"), Path("/etc", name)
        if shown.exists():
            own.write_text(text, "ascii")
            on.call(
                "mount",
                os.fsencode(own.absolute()),
                os.fsencode(shown.resolve()),
                None,
                _BIND,
                None,
            )


SOCKETS = (
    *(
        Attack(
            f"socket of family {FAMILY_NAMES.get(family, family)}",
            Sign.DESCRIPTORS,
            partial(_family, family),
            early=True,
        )
        for family in FAMILY_NAMES
    ),
    Attack("socket, raw", Sign.DESCRIPTORS, lambda on: on.call("socket", 2, 3, 1), early=True),
    Attack(
        "socketpair",
        Sign.DESCRIPTORS,
        lambda on: on.call("socketpair", 1, 1, 0, on.buffer),
        early=True,
    ),
    Attack(
        "bind",
        Sign.PEERS,
        lambda on: on.call("bind", on.means.loose_udp, _internet(0), 16),
        early=True,
    ),
    Attack("listen", Sign.PEERS, lambda on: on.call("listen", on.means.bound_tcp, 1), early=True),
    Attack(
        "accept",
        Sign.DESCRIPTORS,
        lambda on: on.call("accept", on.means.listener, None, None),
        early=True,
    ),
    Attack(
        "accept4",
        Sign.DESCRIPTORS,
        lambda on: on.call("accept4", on.means.listener, None, None, 0),
        early=True,
    ),
    Attack("shutdown", Sign.PEERS, lambda on: on.call("shutdown", on.means.tcp, 1), early=True),
    Attack(
        "setsockopt",
        Sign.PEERS,
        lambda on: on.call("setsockopt", on.means.udp, 1, _SO_PRIORITY, struct.pack("<I", 5), 4),
        early=True,
    ),
    Attack("getsockopt", Sign.TOLD, _option, Secret.OPTION, early=True),
    Attack(
        "getsockname", Sign.TOLD, lambda on: _name_of(on, "getsockname"), Secret.ADDRESS, early=True
    ),
    Attack(
        "getpeername", Sign.TOLD, lambda on: _name_of(on, "getpeername"), Secret.ADDRESS, early=True
    ),
)

CONNECT = (
    Attack(
        "connect, datagrams",
        Sign.PEERS,
        lambda on: on.call("connect", on.means.loose_udp, _internet(on.means.udp_port), 16),
        early=True,
    ),
    Attack(
        "connect, stream",
        Sign.PEERS,
        lambda on: on.call("connect", on.means.loose_tcp, _internet(on.means.tcp_port), 16),
        early=True,
    ),
    Attack(
        "connect, Unix",
        Sign.PEERS,
        lambda on: on.call("connect", on.means.loose_unix, _unix(b"unix"), 7),
        early=True,
    ),
    Attack(
        "sendto an address",
        Sign.PEERS,
        lambda on: on.call(
            "sendto", on.means.loose_udp, on.buffer, 64, 0, _internet(on.means.udp_port), 16
        ),
        early=True,
    ),
    Attack(
        "sendto, opening a stream",
        Sign.PEERS,
        lambda on: on.call(
            "sendto", on.means.fast_tcp, on.buffer, 64, _FAST_OPEN, _internet(on.means.tcp_port), 16
        ),
        early=True,
    ),
    Attack(
        "sendto on a connected socket",
        Sign.PEERS,
        lambda on: on.call("sendto", on.means.udp, on.buffer, 64, 0, None, 0),
        early=True,
    ),
    Attack(
        "sendmsg",
        Sign.PEERS,
        lambda on: on.call("sendmsg", on.means.udp, on.message(), 0),
        early=True,
    ),
    Attack(
        "writev to a stream from before",
        Sign.PEERS,
        lambda on: on.call("writev", on.means.tcp, on.vector(), 1),
    ),
)

DNS = (
    Attack("ask the resolver", Sign.PEERS, _resolve, prepare=_own_names),
    Attack(
        "sendmmsg, as the C library asks",
        Sign.PEERS,
        lambda on: _many(on, on.means.dns),
        early=True,
    ),
    Attack(
        "write to a stream from before",
        Sign.PEERS,
        lambda on: on.call("write", on.means.tcp, on.buffer, 64),
    ),
)
