# SPDX-License-Identifier: Apache-2.0
"""What the uplink may do with sockets: those of the internet families.

What resolves a name (getaddrinfo) needs datagrams to a name server; its wishes for a local cache
(AF_UNIX) and for the list of interfaces (AF_NETLINK) are refused, and it goes on without. The MQTT
library makes itself a loopback pair with each connection, so it also binds, listens for one and
accepts; which address it binds lies behind a pointer, where no filter sees it. With Landlock it is
no port of its choosing, and the firewall of firmware_configs lets nothing in to it.
"""

from edge_agent.confinement.tables.arguments import (
    AF_INET,
    AF_INET6,
    F_GETFD,
    F_GETFL,
    OWN_MEMORY,
    SOCK_DGRAM,
    SOCK_STREAM,
    allow,
)
from edge_agent.confinement.tables.rules import ALL_BITS, Call, Clause, Condition, both, exactly

FIONBIO = 0x5421
_SOCK_FLAGS = 0x80000 | 0x800
_TCP, _UDP = 6, 17
BACKLOG_OF_A_PAIR = 1
# SOL_SOCKET: REUSEADDR, TYPE, ERROR, SNDBUF, RCVBUF, KEEPALIVE, PROTOCOL, DOMAIN. TCP: NODELAY,
# KEEPIDLE, KEEPINTVL, KEEPCNT, USER_TIMEOUT. IP, of the resolver: RECVERR. IPV6: RECVERR, V6ONLY.
_OPTIONS_BY_LEVEL = {1: (2, 3, 4, 7, 8, 9, 38, 39), 6: (1, 4, 5, 6, 18), 0: (11,), 41: (25, 26)}
_OPTIONS: tuple[Clause, ...] = tuple(
    (Condition(1, level), Condition(2, name))
    for level, names in _OPTIONS_BY_LEVEL.items()
    for name in names
)
_FROM_THREE: tuple[Clause, ...] = (
    (Condition(0, 3),),
    *((Condition(0, first, ALL_BITS & ~(first - 1)),) for first in (4, 8, 16, 32)),
)
"""A descriptor from 3 to 63: none of the standard ones."""
_KINDS: tuple[Clause, ...] = tuple(
    (Condition(1, kind, ALL_BITS & ~_SOCK_FLAGS), Condition(2, protocol))
    for kind, protocols in ((SOCK_STREAM, (0, _TCP)), (SOCK_DGRAM, (0, _UDP)))
    for protocol in protocols
)
_THERE = "where to lies behind a pointer: the firewall of firmware_configs decides"


def speaks_to_the_broker() -> list[Call]:
    """Return what the process does that speaks to the broker."""
    return [
        allow(
            "socket",
            "TCP and UDP; no echo requests, no other family",
            both(exactly(0, AF_INET, AF_INET6), _KINDS),
        ),
        allow(
            "connect sendto sendmsg sendmmsg",
            f"it is the process that speaks to the broker; {_THERE}",
        ),
        allow(
            "recvfrom recvmsg recvmmsg getsockname getpeername shutdown",
            "on its own connections; no descriptors come",
        ),
        allow("bind accept4", f"the loopback pair of the MQTT library; {_THERE}"),
        allow("listen", "for one, the other half of that pair", exactly(1, BACKLOG_OF_A_PAIR)),
        allow(
            "setsockopt getsockopt",
            "what connection, resolver and that pair set and ask; no filters, marks, devices, "
            "groups of ports, peers",
            _OPTIONS,
        ),
        allow(
            "ioctl",
            "whether its own connection waits; not standard output, whose flags others share",
            both(_FROM_THREE, exactly(1, FIONBIO)),
        ),
    ]


def answers_an_installer(listening_fd: int) -> list[Call]:
    """Return what the process does that shows the page of a box being set up.

    It was given one listening socket, bound where the config says, and stands in a network of its
    own without any cable: it can answer who asks there, and speak to nobody by itself.
    """
    return [
        allow(
            "accept4",
            "on the one socket that it was given, and on no other",
            exactly(0, listening_fd),
        ),
        allow(
            "read write recvfrom getsockname getpeername shutdown",
            "descriptors that it holds: two pipes to whoever opened the session, and who asks",
        ),
        allow("sendto", "an answer to who asked; never to an address", exactly(4, 0)),
        allow("setsockopt getsockopt", "what a connection sets and asks", _OPTIONS),
        allow(
            "ioctl",
            "whether its own connection waits; not standard output, whose flags others share",
            both(_FROM_THREE, exactly(1, FIONBIO)),
        ),
        allow("mmap", "memory of its own, backed by no file and shared with nobody", (OWN_MEMORY,)),
        allow("fcntl", "asks for the flags of a descriptor", exactly(1, F_GETFD, F_GETFL)),
        allow("getuid geteuid", "says what does not change"),
    ]
