# SPDX-License-Identifier: Apache-2.0
"""All attacks, by the class of exit that they try. Every class is one row of the report."""

from privacy_audit.exits.attacks import (
    architectures,
    channel,
    descriptor_passing,
    files,
    machine,
    memory,
    programs,
    signals,
    sockets,
)
from privacy_audit.exits.attacks.attack import Attack

OTHER_ARCHITECTURES = "other architectures' calls"
EXIT_CLASSES: dict[str, tuple[Attack, ...]] = {
    "sockets": sockets.SOCKETS,
    "DNS": sockets.DNS,
    "connect": sockets.CONNECT,
    "files and /proc": files.FILES,
    "shared memory": memory.SHARED_MEMORY,
    "exec": programs.EXEC,
    "ptrace and vm access": memory.OTHERS_MEMORY,
    "io_uring": descriptor_passing.IO_URING,
    "descriptor passing": descriptor_passing.DESCRIPTORS,
    "splice": descriptor_passing.SPLICE,
    "the channel": channel.CHANNEL,
    OTHER_ARCHITECTURES: architectures.OTHER_ARCHITECTURES,
    "calls younger than the tables": architectures.YOUNGER,
    "threads older than the lock": programs.OLDER_THREADS,
    "new threads and processes": programs.NEW_THREADS,
    "signals and timers": signals.SIGNALS,
    "keyrings": signals.KEYRINGS,
    "namespaces": machine.NAMESPACES,
    "another user": machine.USERS,
    "kernel interfaces": machine.KERNEL,
    "resource tricks": machine.RESOURCES,
}


def attacks_for(machine_name: str) -> list[tuple[str, Attack]]:
    """Return every class and attack that this machine's kernel could know.

    Attacker and witness share their order.
    """
    return [
        (exit_class, attack)
        for exit_class, row in EXIT_CLASSES.items()
        for attack in row
        if attack.machine in ("", machine_name)
    ]
