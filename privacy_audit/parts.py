# SPDX-License-Identifier: Apache-2.0
"""The parts of the audit, in the order of the report: what each asks, in words for who signs."""

from collections.abc import Callable
from dataclasses import dataclass

from privacy_audit.broker import access
from privacy_audit.confinement import processes
from privacy_audit.exits import classes, system_calls
from privacy_audit.finding import Finding, Mechanism
from privacy_audit.gate import capacity, fuzz
from privacy_audit.outside import centre, fields, impostors, own_keys, sensors, stated, supervision
from privacy_audit.pairs import look as pairs
from privacy_audit.pairs import verdicts
from privacy_audit.pairs.means import machine
from privacy_audit.pixels import residue_scan, telemetry, trojan
from privacy_audit.release import (
    membership_findings,
    membership_inference,
    reconciliation,
    sent_bytes,
)
from privacy_audit.target.box import AuditedBox

Look = Callable[[AuditedBox], list[Finding]]


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its name in findings and for --only, the question it answers, and how.

    mechanism: what stays unproven where the part cannot look at all. alone: nothing else may look
    at the box meanwhile. limit: what it finds is no promise kept but a limit of the promise, and is
    reported as that.
    """

    name: str
    look: Look
    mechanism: Mechanism
    question: str
    how: str
    alone: bool = False
    limit: bool = False


PARTS = (
    Part(
        processes.PART,
        processes.look,
        Mechanism.SECCOMP,
        "Are the running processes locked in as they should be?",
        "Each of the three processes is measured from outside while it works: by what the kernel "
        "shows of it, never by what it says of itself.",
    ),
    Part(
        classes.PART,
        classes.look,
        Mechanism.SECCOMP,
        "Can the process that sees pictures get anything out by another way?",
        "A twin of it, locked in like it, with its libraries and the model loaded, tries each way "
        "out that we know. A program that is not locked in tries the same. Witnesses outside both "
        "look for new files, sockets, processes, bytes and changes.",
    ),
    Part(
        system_calls.PART,
        system_calls.look,
        Mechanism.SECCOMP,
        "Does the kernel decide every system call as it should?",
        "Every number of two processor families is decided by the filters that the kernel holds "
        "for the running processes, and compared with a list written down in the audit and with "
        "the box's tables.",
    ),
    Part(
        verdicts.PART,
        pairs.look,
        Mechanism.SHARED_OBJECTS,
        "Can two processes that work together pass anything on between them?",
        "A twin of the process that sees pictures changes everything that it can, each at moments "
        "drawn by chance. A twin of the process that speaks to the network, another user of this "
        "machine and a program in a world of its own look at all that they can see. A witness "
        "compares; the same is tried where nothing is locked in.",
    ),
    Part(
        telemetry.PART,
        telemetry.look,
        Mechanism.TELEMETRY,
        "Do the libraries report to their makers?",
        "A build of the library that runs the model, one that reports to its maker, is run behind "
        "the wall, where it must fail; the box's own build must leave no file and open no socket.",
    ),
    Part(
        capacity.PART,
        capacity.look,
        Mechanism.CAP,
        "How much could a sensor that lies tell at most, and does the box keep to its cap?",
        "The bound is computed anew from the config and compared with what the box printed and "
        "signed; then a box and a gate above their cap are started, which must refuse.",
    ),
    Part(
        fuzz.PART,
        fuzz.look,
        Mechanism.GATE_SCHEMA,
        "Can a sensor that lies get anything past the gate but what the table of records allows?",
        "Gates beside the box, locked like its own, hear more than 100,000 records that break the "
        "contract. Another is told as much as it lets through; what comes out is read back and "
        "compared with the bound.",
    ),
    Part(
        residue_scan.PART,
        residue_scan.look,
        Mechanism.PICTURES,
        "Has a picture that the camera saw stayed anywhere?",
        "The drawn street shows a marker made for this audit. In each place listed a second "
        "marker, planted there, must be found, and the first must not.",
        alone=True,
    ),
    Part(
        membership_findings.PART,
        membership_inference.look,
        Mechanism.NOISE_KEY,
        "Can anyone tell from what is released whether one person was there?",
        "2,000 seeded nights with one person or none go through the code that adds the noise; "
        "attackers guess as well as can be done. The noise of the running box is drawn again from "
        "its key.",
    ),
    Part(
        sent_bytes.PART,
        reconciliation.look,
        Mechanism.LEDGER_ENTRY,
        "Is what left the box exactly what it wrote down?",
        "Every message that the broker delivered is looked for in the box's ledger, and every "
        "entry of the ledger among the messages; the centre's tree is compared, and the kernel's "
        "own count of bytes.",
    ),
    Part(
        access.PART,
        access.look,
        Mechanism.ACL,
        "Can one box speak for another, or listen to it?",
        "Two boxes meet over TLS at a broker started with the shipped files. What the one was "
        "refused, neither the centre nor the other box ever heard.",
    ),
    Part(
        own_keys.PART,
        own_keys.look,
        Mechanism.OWN_KEYS,
        "Are the keys of each box its own?",
        "Keys are made as an installer makes them, several times over and twice under the same "
        "name in the same place, and two boxes are enrolled. No two keys may agree, and none may "
        "follow from what others know.",
    ),
    Part(
        stated.PART,
        stated.look,
        Mechanism.STATED,
        "Is what the box says of itself what can be measured?",
        "Level, config, model, boot, health and signatures of what the box has signed are "
        "measured or made once more; the bytes that it says to its broker are read one by one.",
    ),
    Part(
        fields.PART,
        fields.look,
        Mechanism.OTHER_FIELDS,
        "Does anything but the counts tell who was there?",
        "A gate beside the box hears windows that differ only by people, with numbers that stand "
        "out. Every other field must be the same in all; in its files, its log and its columns "
        "the numbers must not be found.",
    ),
    Part(
        sensors.PART,
        sensors.look,
        Mechanism.MASKS,
        "Are masked areas painted over, and does nobody look before being let?",
        "Sensors beside the box see a drawn street whose one person walks behind a mask, and "
        "without it. Locked and not yet let begin, they must read no frame, and a gate must take "
        "no record.",
    ),
    Part(
        supervision.PART,
        supervision.look,
        Mechanism.SUPERVISOR,
        "Does the box refuse to run with a process that is not locked in?",
        "The box's own supervisor is given processes of the audit's, each locked in but for one "
        "thing. It must let none begin.",
    ),
    Part(
        impostors.PART,
        impostors.look,
        Mechanism.CERTIFICATES,
        "Does the box speak to anyone but its own broker?",
        "Uplinks beside the box meet servers with the wrong papers where their broker should be, "
        "at first and in between. Not a byte may come through one.",
    ),
    Part(
        centre.PART,
        centre.look,
        Mechanism.SIGNATURES,
        "Does the centre believe only what the box has signed?",
        "A centre with the box enrolled hears its true messages and untrue ones: altered, "
        "unsigned, another key's. It must keep the true ones only.",
    ),
    Part(
        trojan.PART,
        trojan.look,
        Mechanism.CAP,
        "What would a model do that was made to count wrongly?",
        "A small model that adds one person when it sees a sign runs through a whole box. No part "
        "of the audit notices, because its numbers are right in form: this is a limit, and no "
        "fault of the box.",
        limit=True,
    ),
    Part(
        machine.PART,
        machine.look,
        Mechanism.PROCESS_VIEW,
        "What could two processes tell each other by using the same machine?",
        "A twin of the process that sees pictures loads the processors and the memory, or not; "
        "another measures how fast its own work goes. No software shuts this: it is measured, and "
        "it is a limit, no fault of the box.",
        alone=True,
        limit=True,
    ),
)


def chosen(names: tuple[str, ...]) -> tuple[Part, ...]:
    """Return the parts of these names, all of them where none is named.

    Raises KeyError with the first that does not exist.
    """
    known = {part.name: part for part in PARTS}
    return tuple(known[name] for name in dict.fromkeys(names)) if names else PARTS
