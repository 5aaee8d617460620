# SPDX-License-Identifier: Apache-2.0
"""What holds the wall: each mechanism in one plain sentence, with the worst found of it."""

from privacy_audit.finding import Finding, Mechanism, Verdict

MEANS = {
    Mechanism.SECCOMP: """The kernel knows for each process the few calls that it needs. At any
        other, a socket or another program for one, it refuses or ends the process.""",
    Mechanism.TSYNC: (
        "That holds on every thread of a process, also on those that began before the lock."
    ),
    Mechanism.UID: (
        "Each process is a user of its own, without any special right, and owns nothing but what "
        "it writes."
    ),
    Mechanism.NAMESPACES: (
        "Each process sees only itself. The two that handle pictures and counts have no network at "
        "all."
    ),
    Mechanism.MOUNT_VIEW: (
        "Each process sees only the files that it needs. The one that sees pictures can write to "
        "none."
    ),
    Mechanism.DUMPABLE: """The memory of a process is not written to disk when it fails, its own
        user cannot read it, and the list of processes shows none of it.""",
    Mechanism.RLIMITS: (
        "No process can start another; the one that sees pictures cannot open or write a file."
    ),
    Mechanism.DESCRIPTORS: (
        "What was opened before the lock is closed, but for the camera, the store or the link that "
        "is needed."
    ),
    Mechanism.FIREWALL: (
        "The process that fetches the pictures of a network camera reaches that camera, and nobody "
        "else."
    ),
    Mechanism.GATE_SCHEMA: """Between the process that sees pictures and the next, nothing passes
        but records of 64 bytes in one fixed form, each once in a window.""",
    Mechanism.CAP: (
        "What such records could tell at most is computed, and a box that could tell more than its "
        "cap does not start."
    ),
    Mechanism.NOISE_KEY: (
        "The noise on each number is drawn with a key that never leaves the box: nobody else can "
        "take it off."
    ),
    Mechanism.LEDGER_ENTRY: (
        "What leaves the box is written down first, and the centre can show that it holds exactly "
        "that."
    ),
    Mechanism.ACL: "At the broker each box can speak and listen as itself only.",
    Mechanism.PICTURES: "No trace of a picture stays behind on this machine in the places listed.",
    Mechanism.TELEMETRY: "The library that runs the model reports to nobody.",
    Mechanism.OWN_KEYS: (
        "Each box draws its keys by chance, so what one box knows is of no use against another."
    ),
    Mechanism.SIGNATURES: (
        "The centre believes a message only where the key of that very box has signed these very "
        "bytes."
    ),
    Mechanism.CERTIFICATES: (
        "The box speaks to its own broker only: to another certificate, name or date it says "
        "nothing."
    ),
    Mechanism.OTHER_FIELDS: "What a report says beside its counts is the same whoever was there.",
    Mechanism.EXACT_COUNTS: (
        "The counts before the noise stand in no file of the box and in no line that it writes."
    ),
    Mechanism.STATED: (
        "What the box says of itself, such as its level and its config, is what is measured from "
        "outside."
    ),
    Mechanism.SUPERVISOR: (
        "Who starts the processes measures each, and lets none begin that is not locked in."
    ),
    Mechanism.BEFORE_GO: (
        "Until it has been measured, no process looks at a picture, takes a count or opens a "
        "connection."
    ),
    Mechanism.MASKS: (
        "What lies in a masked area is painted over before anything looks at the picture."
    ),
    Mechanism.MQTT_BYTES: (
        "Beside topic and payload the connection to the broker says nothing that could differ."
    ),
    Mechanism.SHARED_OBJECTS: """Two processes that work together share nothing of the kernel's
        that the one can change and the other see, but the channel that is meant for them.""",
    Mechanism.PROCESS_VIEW: """What the machine shows of a process (its memory, its time, its
        words) is hidden from the other processes and users.""",
}


def meaning(mechanism: Mechanism) -> str:
    """Return the sentence of a mechanism."""
    return " ".join(MEANS[mechanism].split())


def found(findings: tuple[Finding, ...]) -> dict[Mechanism, Verdict]:
    """Return the mechanisms that were looked at, in the table's order, each with its verdict.

    What shows a limit says nothing of them. Where anything fell or stayed unproven, that counts.
    Else the best counts: a twin adds to what the running process has shown.
    """
    seen: dict[Mechanism, set[Verdict]] = {}
    for finding in findings:
        if finding.verdict is not Verdict.LIMIT:
            seen.setdefault(finding.mechanism, set()).add(finding.verdict)
    order = (Verdict.FELL, Verdict.UNPROVEN, Verdict.PROVEN, Verdict.TWIN)
    return {
        mechanism: next(one for one in order if one in seen[mechanism])
        for mechanism in MEANS
        if seen.get(mechanism)
    }
