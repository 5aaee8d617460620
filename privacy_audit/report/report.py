# SPDX-License-Identifier: Apache-2.0
"""The report that an officer reads in five minutes and signs.

It says what was asked, what was seen, and what stays open.

Order: the outcome, the figures, whose box it is, what holds the wall, how to read it, the questions
with their findings, what this does not prove, what exactly was audited, what could not be proven,
the signature. Nothing unproven stands only below the signature line. Only a whole audit of a config
that was named is a paper to sign. Written here is English; the Dutch beside it is in `dutch`.
"""

from privacy_audit.exits.class_words import explained
from privacy_audit.finding import Finding, Verdict
from privacy_audit.limits import LIMITS, capacity_in_words
from privacy_audit.parts import PARTS, Part
from privacy_audit.report import on_its_word
from privacy_audit.report.document import (
    Block,
    Bullets,
    Heading,
    Notice,
    Paragraph,
    Signature,
    Table,
    TableRow,
    Title,
    Tone,
)
from privacy_audit.report.mechanisms import found, meaning
from privacy_audit.report.result import EXIT_CLASSES, AuditResult
from privacy_audit.timing import processors
from wire_contract.messages.report import Level

TONES = {
    Verdict.PROVEN: Tone.GOOD,
    Verdict.TWIN: Tone.GOOD,
    Verdict.LIMIT: Tone.PLAIN,
    Verdict.UNPROVEN: Tone.WARNING,
    Verdict.FELL: Tone.BAD,
}
_MEANINGS = {
    Verdict.PROVEN: (
        "Seen on the running process that does the work, or by known input and output of the real "
        "program."
    ),
    Verdict.TWIN: """Seen on a second copy, started and locked in the same way, because the attempt
        would have harmed the first. Where it is a process, its filters are compared with those of
        the running one, instruction by instruction.""",
    Verdict.LIMIT: "Shows what this audit cannot see. It is no success and no fault of the box.",
    Verdict.UNPROVEN: (
        "Could not be looked at; the reason is given. It is neither a success nor a failure."
    ),
    Verdict.FELL: (
        "Was seen not to hold. The mechanism named must be mended before the box may run."
    ),
}
LEGEND = tuple(
    TableRow((verdict, " ".join(meaning.split())), TONES[verdict])
    for verdict, meaning in _MEANINGS.items()
)
LEVELS = {
    "standard": (
        "standard, as measured from outside: own users, own namespaces, own views of the files, "
        "filters on every thread"
    ),
    "network-camera": (
        "network-camera, as measured from outside: like standard, but pictures cross a cable "
        "that nobody guards"
    ),
    "process": (
        "process, as measured from outside: filters on every thread, but no users, namespaces "
        "and views of their own"
    ),
    "unconfined": "unconfined: at least one process is not locked in",
}
LEDGERS = {
    "complete": (
        "complete: what left the box is exactly what it wrote down, and the centre holds exactly "
        "that"
    )
}
QUESTION = """The question: can a picture, or anything that tells of one person, get out of this
    box? This report says what was tried to get something out, against what, and what a witness
    outside the box saw."""
UNGUARDED = """Level network-camera: the pictures of this box cross a cable that it does not guard.
    Whoever holds the camera or the cable can see them, whatever this audit says of the box
    itself."""
NO_STREET = """No config was named, so the box that was looked at is the audit's own: this
    is not a paper to sign for a street. Name the street's config: edge-agent audit CONFIG."""
CAMERA_REPLACED = """The camera of this config is reached over a network. It was replaced by
    a drawn street, so the process that fetches its pictures and its firewall were not looked
    at, and the level is not that of the street's own box. Audit that box where it runs."""
REPLACED = """The box was started for this audit from the config named above. What follows
    is every setting that it had otherwise: its camera was a drawn street, its broker, centre,
    keys and store were the audit's own. All else was as the config says."""
USUAL_WINDOW_S = 60
COUNTS = """Tried: attempts to get something out, each by another way through the kernel. Refused:
    those of which an outside witness saw nothing. Controls: the same attempts by a program that is
    not locked in, where the same witness did see them succeed; a refusal without one would prove
    little."""
EXPECTED = """Expected is what the documents name beforehand: without root, on a busy
    machine, or where this machine has no such thing. Anything else must be looked into before
    the box may run."""
HASHES = """Hashes are SHA-256. Compare them with those of a copy that you got by another way: this
    report was written by the software that it is about. The hash of the code is over edge_agent and
    wire_contract: for each .py file, in order of their paths, the path, a zero byte, and the hash
    of the file. That of this audit's own code is made likewise over privacy_audit."""


def title_of(result: AuditResult) -> str:
    """Return what the report calls itself, in its foot too."""
    return f"Audit of {result.device}, {result.began_utc} UTC"


def blocks(result: AuditResult) -> list[Block]:
    """Return the whole report."""
    asked = [part for part in PARTS if part.name in result.parts and not part.limit]
    return [
        Title(
            "Audit of a people-counting box",
            f"{result.device}, {result.began_utc} UTC, {result.serial}",
        ),
        *_outcome(result),
        *_in_short(result),
        *_named(result),
        *_wall(result),
        Heading("How to read this"),
        Table((), LEGEND, (0.22, 0.78), toned=0),
        Paragraph(_flat(COUNTS), small=True),
        *(block for part in asked for block in _part(part, result)),
        *_other_findings(result),
        *_limits(result),
        *on_its_word.blocks(),
        *_identity(result),
        *_unproven(result),
        *_signature(result),
    ]


def _outcome(result: AuditResult) -> list[Block]:
    """Say in one sentence how it went."""
    found: list[Block] = [Paragraph(_flat(QUESTION))]
    if result.fell:
        text = (
            f"Did not hold: {', '.join(result.fell)}. This box must not run until that is mended."
        )
        found.append(Notice(text, Tone.BAD))
    elif result.unproven:
        text = (
            f"Nothing was seen to fail. What could not be proven ({len(result.unproven)}) is "
            "listed above the signature."
        )
        found.append(Notice(text, Tone.WARNING))
    else:
        found.append(
            Notice(
                "Nothing was seen to fail, and nothing that was looked for was left unproven.",
                Tone.GOOD,
            )
        )
    if result.level == Level.NETWORK_CAMERA:
        found.append(Notice(_flat(UNGUARDED), Tone.BAD))
    if result.named and result.named.network_camera and result.started:
        found.append(Notice(_flat(CAMERA_REPLACED), Tone.BAD))
    if result.named is None and result.parts:
        found.append(Notice(_flat(NO_STREET), Tone.WARNING))
    if not result.whole:
        text = (
            "This is not a whole audit: only these parts were run: "
            f"{', '.join(result.parts) or 'none'}."
        )
        found.append(Notice(text, Tone.WARNING))
    return found


def _in_short(result: AuditResult) -> list[Block]:
    rows = [
        TableRow(("The box", _which_box(result))),
        TableRow(("Confinement level", LEVELS.get(result.level or "", "not looked at"))),
        TableRow(("Ways out", _ways_out(result))),
        TableRow(
            (
                "Ledger",
                LEDGERS.get(result.ledger or "not looked at", result.ledger or "not looked at"),
            )
        ),
    ]
    if result.capacity_bits_per_window is not None and result.window_s is not None:
        rows.append(
            TableRow(
                (
                    "Most that could leave",
                    capacity_in_words(result.capacity_bits_per_window, result.window_s),
                )
            )
        )
    how = "as root" if result.root else "without root: not everything can be proven"
    busy = f"{result.programs:.1f} programs at work on average on {processors()} processors"
    rows.append(TableRow(("Run", f"in {result.seconds_in_all:.0f} s, {how}; {busy}")))
    rows.append(TableRow(("Serial number", result.serial)))
    return [Heading("In short"), Table((), tuple(rows), (0.22, 0.78))]


def _named(result: AuditResult) -> list[Block]:
    """Say which config was audited, and what the audited box had otherwise."""
    named = result.named
    if named is None:
        return []
    rows = (
        TableRow(("Config file", named.path)),
        TableRow(("SHA-256 of the file", named.file_sha256)),
        TableRow(("Config hash, as in its reports", named.config_sha256)),
        TableRow(("Site and device", f"{named.site}/{named.device}")),
        TableRow(("Test site", "yes / ja" if named.test_site else "no / nee")),
    )
    found: list[Block] = [
        Heading("The config that was audited"),
        Table((), rows, (0.26, 0.74), fixed=True),
    ]
    if not result.started:
        return [
            *found,
            Paragraph("The box of this config was running, and nothing of it was replaced."),
        ]
    replaced = tuple(TableRow((one.key, one.named, one.audited)) for one in named.replaced)
    header = ("Setting", "In the config", "For the audit")
    return [
        *found,
        Paragraph(_flat(REPLACED)),
        Table(header, replaced, (0.3, 0.3, 0.4), fixed=True),
    ]


def _ways_out(result: AuditResult) -> str:
    if EXIT_CLASSES not in result.parts:
        return "not tried"
    told = result.as_json()
    tried = f"{told['attacks']} tried in {len(result.classes)} classes, {told['refused']} refused"
    return (
        f"{tried}; {told['controls']} of the same attempts did succeed where nothing was locked in"
    )


def _wall(result: AuditResult) -> list[Block]:
    """Say what holds the wall, in plain words, and how each of it fared."""
    rows = tuple(
        TableRow((str(mechanism), meaning(mechanism), str(verdict)), TONES[verdict])
        for mechanism, verdict in found(result.findings).items()
    )
    return [
        Heading("What holds the wall"),
        Table(("Mechanism", "What it is for", "Verdict"), rows, (0.15, 0.65, 0.2), toned=2),
    ]


def _which_box(result: AuditResult) -> str:
    if not result.started:
        return "was running already, and was looked at while it worked"
    how = (
        "started for this audit with the same programs, a broker, a centre and a drawn street "
        "instead of a camera"
    )
    return (
        f"{how}; its windows of {result.window_s} s keep the audit short, longer ones let out less"
        if _is_hasty(result)
        else how
    )


def _is_hasty(result: AuditResult) -> bool:
    return result.window_s is not None and result.window_s < USUAL_WINDOW_S


def _part(part: Part, result: AuditResult) -> list[Block]:
    findings = [finding for finding in result.findings if finding.part == part.name]
    return [Heading(part.question), Paragraph(part.how), _table(findings)]


def _other_findings(result: AuditResult) -> list[Block]:
    """What no part of the table found: the box that refused to start."""
    known = {part.name for part in PARTS}
    findings = [finding for finding in result.findings if finding.part not in known]
    return [Heading("The box refused to start"), _table(findings)] if findings else []


def _table(findings: list[Finding]) -> Table:
    counted = any(finding.attacks and finding.controls for finding in findings)
    header = (
        "What",
        "Verdict",
        *(("Tried", "Refused", "Controls") if counted else ()),
        "What was seen",
    )
    rows = tuple(
        TableRow(
            (
                finding.name,
                f"{finding.verdict}: {finding.mechanism}"
                if finding.verdict is Verdict.FELL
                else str(finding.verdict),
                *(_counts(finding) if counted else ()),
                explained(finding.name, finding.detail),
            ),
            TONES[finding.verdict],
        )
        for finding in findings
    )
    shares = (0.19, 0.12, 0.085, 0.085, 0.09, 0.43) if counted else (0.22, 0.13, 0.65)
    return Table(header, rows, shares, toned=1, figures=(2, 3, 4) if counted else ())


def _counts(finding: Finding) -> tuple[str, ...]:
    """Return what was tried, refused and controlled.

    Of a finding that is a measurement and no attempt nothing is returned.
    """
    counts = (finding.attacks, finding.refused, finding.controls)
    return tuple(f"{count:,}" if finding.attacks and finding.controls else "" for count in counts)


def _limits(result: AuditResult) -> list[Block]:
    """What no audit of this kind can show; with what a part has shown of it."""
    own = [part for part in PARTS if part.limit and part.name in result.parts]
    shown = [
        block
        for part in own
        for block in (Paragraph(part.question + " " + part.how), _table_of(part, result))
    ]
    return [Heading("What this does not prove"), Bullets(LIMITS), *shown]


def _table_of(part: Part, result: AuditResult) -> Table:
    return _table([finding for finding in result.findings if finding.part == part.name])


def _identity(result: AuditResult) -> list[Block]:
    rows = tuple(TableRow((name, value)) for name, value in result.versions.items())
    how = _flat(HASHES)
    return [
        Heading("What exactly was audited"),
        Paragraph(how, small=True),
        Table((), rows, (0.26, 0.74), fixed=True),
    ]


def _unproven(result: AuditResult) -> list[Block]:
    if not result.unproven:
        return [
            Heading("What could not be proven"),
            Paragraph("Nothing of what this audit looks for was left unproven."),
        ]
    unexpected = set(map(id, result.unexpected))
    rows = tuple(
        TableRow(
            (one.part, one.name, one.detail, "no" if id(one) in unexpected else "yes"), Tone.WARNING
        )
        for one in result.unproven
    )
    header = ("Part", "What", "Why not", "Expected")
    return [
        Heading("What could not be proven"),
        Table(header, rows, (0.15, 0.22, 0.51, 0.12)),
        Paragraph(_flat(EXPECTED), small=True),
    ]


def _signature(result: AuditResult) -> list[Block]:
    if result.named is None:
        return [Notice(_flat(NO_STREET), Tone.WARNING)] if result.parts else []
    if not result.whole:
        return [Notice("Only a whole audit is a paper to sign; this one is not.", Tone.WARNING)]
    read = "I have read this report, with what it does not prove and what could not be proven"
    sentence = (
        f"{read} ({len(result.unproven)}). Mechanisms that did not hold: "
        f"{', '.join(result.fell) or 'none'}."
    )
    sentence += f" Report {result.serial}, config {result.named.config_sha256}."
    return [Signature("Signature", sentence, ("Name", "Function", "Place and date", "Signature"))]


def _flat(text: str) -> str:
    return " ".join(text.split())
