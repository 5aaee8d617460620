# SPDX-License-Identifier: Apache-2.0
"""What several tables say of arguments: the kernel's numbers, and clauses of them."""

from edge_agent.confinement.tables.rules import ALL_BITS, Call, Clause, Condition, Verdict, within

# linux/mman.h, asm-generic/mman-common.h: the same on both machines.
PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS = 0x1, 0x2, 0x20
_MAP_FIXED, _MAP_NORESERVE, _MAP_STACK, _MAP_FIXED_NOREPLACE = 0x10, 0x4000, 0x20000, 0x100000
# linux/fcntl.h
F_GETFD, F_GETFL = 1, 3
# linux/socket.h, linux/net.h
AF_INET, AF_INET6, SOCK_STREAM, SOCK_DGRAM, SOCK_TYPE_MASK = 2, 10, 1, 2, 0xF

NO_EXEC = within(2, PROT_READ | PROT_WRITE)
OWN_MEMORY: Clause = (
    NO_EXEC,
    Condition(
        3,
        MAP_PRIVATE | MAP_ANONYMOUS,
        ALL_BITS & ~(_MAP_FIXED | _MAP_NORESERVE | _MAP_STACK | _MAP_FIXED_NOREPLACE),
    ),
)
"""Memory of a process's own: backed by no file, shared with nobody, never to run."""


def allow(names: str, why: str, when: tuple[Clause, ...] | None = None) -> Call:
    """Return what allows several calls, for one reason and under the same clauses."""
    return Call(names, Verdict.ALLOW, () if when is None else when, why=why)
