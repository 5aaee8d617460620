# SPDX-License-Identifier: Apache-2.0
"""The classes of ways out in plain words, for a reader who has never called a kernel."""

WORDS = {
    "the twin is the sensor": (
        "Whether the attacker is a true copy of the sensor: same filters, libraries and model."
    ),
    "sockets": "Opening a connection of any kind that this machine knows.",
    "DNS": "Asking a name server, a question that can carry what it is not about.",
    "connect": "Reaching another program, on this machine or elsewhere.",
    "files and /proc": (
        "Making, changing or renaming a file, or reading what is told of other processes."
    ),
    "shared memory": "Memory that another process can read too.",
    "exec": "Starting another program.",
    "ptrace and vm access": "Looking into another process, or writing into it.",
    "io_uring": "Handing the kernel work through a queue that filters do not see into.",
    "descriptor passing": "Giving an open file or connection to another process.",
    "splice": "Letting the kernel itself carry bytes from one place to another.",
    "the channel": (
        "Saying more to the gate than records: other lengths, other descriptors, the pipe's own "
        "settings."
    ),
    "other architectures' calls": (
        "Calling the kernel as programs for other processors do, where a filter might not look."
    ),
    "calls younger than the tables": "Calls that kernels got after the list was written.",
    "threads older than the lock": "A thread that began before the lock was closed.",
    "new threads and processes": "A helper that might not be locked in.",
    "signals and timers": "Telling another process something by signals or timers.",
    "keyrings": "Leaving something in the kernel's store of keys.",
    "namespaces": "Making surroundings of its own in which it may do more.",
    "another user": "Becoming somebody else, or getting rights that it does not have.",
    "kernel interfaces": "The kernel's own inside: modules, tracing, settings.",
    "resource tricks": "Telling something by what it uses up or holds: limits, priorities, locks.",
    "mappings, descriptors and calls before the lock": (
        "What was opened or shared while the lock was still open."
    ),
}


def explained(name: str, detail: str) -> str:
    """Return what was seen, after what the class is about where it is one of the table."""
    return f"{WORDS[name]} {detail[:1].upper()}{detail[1:]}." if name in WORDS else detail
