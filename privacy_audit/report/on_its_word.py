# SPDX-License-Identifier: Apache-2.0
"""The evidence of the audit and who gives it.

It says what is asked from outside, and what is taken on the box's own word.

EVIDENCE lists every look of every part with its witness. TAKEN_ON_ITS_WORD is what remains: for
each, whose word it is, why it is not asked from outside, and what would show it. It stands in the
report: what nobody has looked at is no proof.
"""

from dataclasses import dataclass

from privacy_audit.report.document import Block, Heading, Paragraph, Table, TableRow


@dataclass(frozen=True, slots=True)
class Witnessed:
    """One piece of evidence: the part, what it is about, and who says so."""

    part: str
    what: str
    witness: str


@dataclass(frozen=True, slots=True)
class OnItsWord:
    """One thing that is taken on a word.

    It says what and whose word, why it is not asked from outside, and what would show it.
    """

    what: str
    whose: str
    why: str
    shown_by: str


_KERNEL, _FILE, _BROKER, _BESIDE = (
    "the kernel",
    "the file on disk",
    "the broker's delivery",
    "a program of the audit's beside the box",
)
EVIDENCE = (
    Witnessed(
        "processes",
        "users, filters, threads, namespaces, views, limits, descriptors",
        f"{_KERNEL}, of the running processes",
    ),
    Witnessed(
        "exit classes", "what an attacker behind the wall has changed", f"{_KERNEL} and {_BESIDE}"
    ),
    Witnessed(
        "system calls",
        "what each filter decides",
        "the filters that the kernel hands out, run by the audit's evaluator",
    ),
    Witnessed(
        "pairs",
        "what one process can tell another",
        "the random bits of an outside witness, at both ends",
    ),
    Witnessed("shared hardware", "what the machine itself carries", "the same witness"),
    Witnessed(
        "telemetry",
        "what the libraries hold and do",
        f"{_FILE} that the running sensor has mapped, and {_KERNEL}",
    ),
    Witnessed(
        "capacity",
        "the bound",
        "the audit's arithmetic over the config, against the box's log and signed meta message",
    ),
    Witnessed(
        "flood", "what a gate takes", f"{_BESIDE}: its signed reports against what it was told"
    ),
    Witnessed("at rest", "where a shown picture stays", f"{_FILE}, {_KERNEL}"),
    Witnessed(
        "guessing",
        "the noise of each number",
        "the audit's own sampler, with the box's key and the name of the number",
    ),
    Witnessed(
        "trail",
        "what left",
        f"{_BROKER}, {_FILE}, the centre's tree, and {_KERNEL}'s count of bytes",
    ),
    Witnessed("broker rights", "what each role may say and hear", f"{_BROKER}"),
    Witnessed(
        "own keys",
        "the keys of several installations",
        "the files that the product's programs have made",
    ),
    Witnessed(
        "what it says of itself",
        "level, config, model, boot, health, signatures",
        f"the audit's own measurement and {_FILE}",
    ),
    Witnessed(
        "what it says of itself",
        "bytes beside topic and payload",
        "the audit's ear on the running connection",
    ),
    Witnessed(
        "fields and files",
        "every field, file, line and column of a gate",
        f"{_BESIDE}: a gate that was told known people",
    ),
    Witnessed(
        "masks",
        "what a sensor counts behind a mask; what it reads before it is let",
        f"{_BESIDE}, {_KERNEL}",
    ),
    Witnessed(
        "the supervisor", "whom it lets begin", f"{_BESIDE}: processes that are not locked in"
    ),
    Witnessed(
        "impostors", "to whom the uplink speaks", f"{_BESIDE}: servers with the wrong papers"
    ),
    Witnessed("the centre", "what it commits", "the centre's API, after true and untrue messages"),
    Witnessed(
        "trojan", "what a model that lies does to the counts", "the released counts of a whole box"
    ),
)
TAKEN_ON_ITS_WORD = (
    OnItsWord(
        "That a key's 32 bytes came from the kernel's random source, and not from something with "
        "fewer possibilities.",
        "edge-agent keygen",
        "Keys that come out different and show no pattern look the same, whatever they were drawn "
        "from.",
        "reading edge_agent/keys.py, 70 lines; its hash stands below",
    ),
    OnItsWord(
        "That programs beside the box do what the running ones do.",
        "the same files on disk",
        "What would harm the running processes is done to others, started from the same files "
        "with the same filters.",
        "the hash of the code, compared with that of a copy got by another way; a restart before "
        "the audit",
    ),
    OnItsWord(
        "What is free in a connection: random bytes and key shares of TLS, ports, when a message "
        "goes and how often again.",
        "the uplink",
        "Random numbers can be chosen to carry something. The uplink knows released counts only.",
        "the part on pairs of processes, and the firewall's log of whom it speaks to",
    ),
    OnItsWord(
        "Ids that are drawn by chance: streams, runs, the numbers of waiting windows.",
        "the gate",
        "They are random, so that one that carries something looks the same. They are drawn "
        "before the counts, or do not leave.",
        "reading edge_agent/processes/gate.py where it says secrets",
    ),
    OnItsWord(
        "That an exact count is nowhere kept in a coding that the audit does not try, such as one "
        "under a key.",
        "the gate",
        "What is enciphered looks like chance. Only its store can be written to, and only the "
        "known files may be there.",
        "reading edge_agent/disclosure, the deciding room; its hash stands below",
    ),
    OnItsWord(
        "That the systemd units measure each process before it begins, where the box runs under "
        "systemd.",
        "people-count-admit@.service",
        "The audit starts a box with its own supervisor. The unit uses the same measurement, but "
        "was not given loose processes.",
        "journalctl -u 'people-count-admit@*' and systemctl cat",
    ),
    OnItsWord(
        "That the centre which the box really reports to runs the program that was tried here.",
        "whoever runs the centre",
        "The audit runs a centre of its own from the same files.",
        "fusion-service's own hash at the centre; a forged message sent there by its operator",
    ),
    OnItsWord(
        "That the broker which the box really speaks to has the shipped settings and access list.",
        "whoever runs the broker",
        "The audit runs a broker of its own with the shipped files.",
        "comparing acl and mosquitto.conf at the broker with those that ship",
    ),
    OnItsWord(
        "Image quality: how well the camera saw, observed share, frame rate.",
        "the sensor",
        "The audit says these itself when it plays the sensor; of the running sensor nobody else "
        "sees the pictures.",
        "looking at the scene; the cap on what the sensor may say holds for these too",
    ),
    OnItsWord(
        "The level of a window that was signed before the last start of the box.",
        "the supervisor of that time",
        "The audit can only measure what runs now.",
        "an audit at that time",
    ),
)


def blocks() -> list[Block]:
    """Return both tables as blocks of the report."""
    taken = tuple(
        TableRow((one.what, one.whose, one.why, one.shown_by)) for one in TAKEN_ON_ITS_WORD
    )
    intro = (
        "Everything else in this report was seen by a witness that is not the box. These were not, "
        "and why:"
    )
    return [
        Heading("What is taken on a word"),
        Paragraph(intro),
        Table(
            ("What", "Whose word", "Why it was not asked from outside", "What would show it"),
            taken,
            (0.3, 0.14, 0.32, 0.24),
        ),
    ]
