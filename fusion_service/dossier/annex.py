# SPDX-License-Identifier: Apache-2.0
"""The annex for a data protection impact assessment of a site, in Dutch.

It says what the software knows of the processing. Weighing it is not its to do.
"""

from collections.abc import Iterable, Sequence

from fusion_service.dossier.dossier import Dossier, Operator
from fusion_service.dossier.retention import retention_table
from fusion_service.dossier.sensors import Sensor
from fusion_service.dossier.words.gaps import gap
from fusion_service.dossier.words.kinds import KINDS, TECHNOLOGIES
from fusion_service.dossier.words.wording import WEAK, level_sentence, loss_sentence, rule_sentence
from fusion_service.pages.section import Block, Items, Section, Table

_BITS = (("één bit", 1), ("een kenteken (28 bits)", 28), ("een gezichtskenmerk (512 bits)", 512))
_LEVELS = {0: "groen", 1: "geel", 2: "oranje", 3: "rood"}


def annex(dossier: Dossier) -> tuple[Section, ...]:
    """Return the annex, section by section."""
    return (
        _papers(dossier),
        _processing(dossier),
        _owners(dossier),
        _rights(dossier),
        Section("bewaartermijnen", "Bewaartermijnen", (retention_table(dossier),)),
        _hidden(dossier),
        _held(dossier),
        _capacity(dossier),
        _risks(dossier),
        _hashes(dossier),
    )


def _papers(dossier: Dossier) -> Section:
    blocks: list[Block] = [
        (
            "Elke kast tekent haar papier met haar eigen sleutel. Van een kast wordt hieronder "
            "alleen gezegd wat haar papier zegt waar dat klopt met wat de kast zelf het laatst "
            "meldde. Van een papier dat hieronder staat, is niets overgenomen."
        )
    ]
    if dossier.findings:
        rows = tuple(
            (one.device or "-", one.file or "-", one.fault, one.detail) for one in dossier.findings
        )
        blocks.append(Table(("kast", "bestand", "oordeel", "waarom"), rows))
    else:
        blocks.append("Alle papieren kloppen met de kasten.")
    return Section("papieren", "Toets van de papieren", tuple(blocks))


def _processing(dossier: Dossier) -> Section:
    blocks: list[Block] = []
    for kind, boxes, others in dossier.kinds():
        words = KINDS[kind]
        names = [one.device for one in boxes] + [
            f"{one.id} ({TECHNOLOGIES[one.technology]})" for one in others
        ]
        blocks.append(f"{_capital(words.name)}: {', '.join(names)}. Verwerkt: {words.processed}.")
        blocks.append(Table(("waar", "wat", "gaat naar"), words.flow))
    blocks.append(
        "Ook een beeld van enkele milliseconden is verwerking van persoonsgegevens. Er wordt op "
        "de kasten niemand herkend, geen biometrisch kenmerk berekend en niets over dagen heen "
        "vergeleken."
    )
    return Section("verwerking", "De verwerking", tuple(blocks))


def _owners(dossier: Dossier) -> Section:
    headings = (
        *("kast", "soort", "plaats", "verantwoordelijke", "doel", "grondslag", "DPIA"),
        *("vragen", "tijden", "tot en met"),
    )
    boxes = Table(headings, tuple(_owner(one) for one in dossier.sensors))
    others = tuple(
        (
            one.id,
            TECHNOLOGIES[one.technology],
            one.provenance,
            one.licence,
            one.privacy.controller if one.privacy else gap("wie verantwoordelijk is"),
            one.privacy.method if one.privacy else gap("hoe de bron met mensen omgaat"),
            one.privacy.legal_ground if one.privacy else gap("de wettelijke grondslag"),
        )
        for one in dossier.site.sources
    )
    measures = tuple(
        (_LEVELS[one.level], one.text, one.organisation, ", ".join(one.zones) or "overal")
        for one in dossier.site.measures
    )
    operator = dossier.operator
    name = operator.contact_name or gap("wie de centrale beheert ([contact] in fusion.toml)")
    mail = operator.contact_email or gap("een adres voor vragen over de centrale")
    blocks: list[Block] = [boxes]
    if others:
        told = ("bron", "techniek", "van wie", "recht van gebruik", "verantwoordelijke")
        blocks.append(Table((*told, "werkwijze", "grondslag"), others))
    blocks.append(f"De centrale wordt beheerd door: {name}. Vragen: {mail}.")
    blocks.append(_seen(operator))
    if measures:
        blocks.append(Table(("niveau", "maatregel", "organisatie", "waar"), measures))
    else:
        blocks.append(gap("de maatregelen per niveau en wie ze uitvoert, in het sitebestand"))
    return Section("eigenaren", "Wie verantwoordelijk is", tuple(blocks))


def _rights(dossier: Dossier) -> Section:
    """Say whose data there are at the centre, and ask what the software cannot know of them."""
    rows = (
        (
            "wie de centrale en haar reservekopieën verwerkt",
            gap("welke verwerkers, en waar die staan"),
        ),
        ("doorgifte buiten de Europese Economische Ruimte", gap("of er iets buiten de EER gaat")),
        ("inzage, bezwaar en klachten", gap("hoe iemand zijn rechten uitoefent, en bij wie")),
    )
    text = (
        "Een rapport van een kast heeft geen kenmerk van een mens: geen naam, geen nummer, geen "
        "beeld. Een getal is achteraf niet aan iemand te koppelen door wie alleen de centrale "
        "heeft; wat een getal toch verraadt, staat bij wat de getallen verbergen. Van wie met de "
        "centrale werkt, staan namen en adressen in de logs, zo lang als bij de bewaartermijnen "
        "staat; de beheerder kan ze eerder wissen."
    )
    blocks: list[Block] = [text]
    if any(one.technology.follows_devices for one in dossier.site.sources):
        blocks.append(
            "Een bron van een ander volgt apparaten van mensen. Wie daar rechten heeft, heeft die "
            "bij de eigenaar van die bron."
        )
    return Section("rechten", "Verwerkers en rechten", (*blocks, Table(("wat", "hoe"), rows)))


def _seen(operator: Operator) -> str:
    """Say who sees numbers, by the centre's config."""
    public = (
        "Over het web ziet iedereen grove, vertraagde aantallen; meer alleen wie zich aanmeldt of "
        "een sleutel heeft."
        if operator.is_public
        else "Over het web ziet niemand aantallen zonder zich aan te melden of een sleutel."
    )
    told = (
        (operator.is_on_broker, "Aantallen staan ook op de berichtendienst, voor Home Assistant."),
        (operator.tells_a_program, "Alarmen en niveaus gaan ook naar een ander programma."),
        (operator.tells_by_mail, "Alarmen en niveaus gaan ook per e-mail naar een meldkamer."),
    )
    return " ".join((public, *(text for holds, text in told if holds)))


def _owner(one: Sensor) -> tuple[str, ...]:
    kind = KINDS[one.kind].name
    paper = one.paper
    if paper is None:
        what = (
            "een omschrijving van de plaats",
            "wie verantwoordelijk is",
            "het doel van de waarneming",
        )
        more = (
            "de wettelijke grondslag",
            "de DPIA",
            "een adres voor vragen",
            "de tijden",
            "de einddatum",
        )
        return (one.device, kind, *map(gap, (*what, *more)))
    said = (paper.place, paper.controller, paper.purpose, paper.legal_basis, paper.dpia_reference)
    return (one.device, kind, *said, paper.contact, paper.active_hours, paper.end_date)


def _hidden(dossier: Dossier) -> Section:
    said = _by_sentence(
        (f"{rule_sentence(one.live.rule)} {loss_sentence(one.live.privacy_loss)}".strip(), one)
        for one in dossier.sensors
        if one.live is not None
    )
    return Section("verborgen", "Wat de getallen verbergen", (_named(said),))


def _held(dossier: Dossier) -> Section:
    said = _by_sentence(
        (level_sentence(one.live.level) + ("" if one.is_held else f" {WEAK}"), one)
        for one in dossier.sensors
        if one.live is not None
    )
    unheard = ", ".join(one.device for one in dossier.sensors if one.live is None)
    blocks: tuple[Block, ...] = (_named(said),)
    if unheard:
        blocks = (*blocks, f"{unheard}: {gap('het niveau; er is nog geen kast gehoord')}")
    return Section("afscherming", "Wat het besturingssysteem van een kast tegenhoudt", blocks)


def _by_sentence(said: Iterable[tuple[str, Sensor]]) -> dict[str, list[str]]:
    """Group boxes under the sentence that holds of them."""
    found: dict[str, list[str]] = {}
    for sentence, one in said:
        found.setdefault(sentence, []).append(one.device)
    return found


def _named(said: dict[str, list[str]]) -> Block:
    if not said:
        return gap("nog geen kast heeft zich gemeld")
    return Items(tuple(f"{', '.join(names)}: {text}" for text, names in said.items()))


def _capacity(dossier: Dossier) -> Section:
    rows = []
    for one in dossier.sensors:
        if one.live is None:
            continue
        bits = one.live.capacity_millibits / 1000 * 60 / one.live.length_s
        times = (f"{size * 60 / bits:.1f} s".replace(".", ",") for _, size in _BITS)
        rows.append((one.device, f"{bits:.1f}".replace(".", ","), *times))
    headings = ("kast", "bits per minuut, hooguit", *(name for name, _ in _BITS))
    text = (
        "Zoveel kan een sensorproces dat liegt hooguit naar buiten brengen. De grens houdt beelden "
        "tegen binnen bruikbare tijd, niet één bit. Wat een netwerkcamera over haar kabel stuurt, "
        "valt er niet onder."
    )
    return Section(
        "grens", "Wat een liegende sensor zou kunnen zeggen", (text, _table(headings, rows))
    )


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Block:
    return Table(headings, tuple(rows)) if rows else gap("nog geen kast heeft zich gemeld")


def _risks(dossier: Dossier) -> Section:
    rows: list[tuple[str, str]] = [
        ("wie beheerder is op een kast, of haar in handen heeft", "niets houdt daartegen"),
        *(risk for kind, _, _ in dossier.kinds() for risk in KINDS[kind].risks),
        ("een sensorproces dat liegt", "verkeerde aantallen, en hooguit de bits hierboven"),
        ("een model dat verkeerd leert tellen", "verkeerde aantallen; het bestand ligt vast"),
        ("processen die samenwerken over de drukte van de processor", "niet afgesloten"),
        ("wat er met de getallen gebeurt", gap("afspraken en toezicht; dat weegt de DPIA")),
    ]
    return Section(
        "risicos", "Restrisico's", (Table(("risico", "wat ervan overblijft"), tuple(rows)),)
    )


def _hashes(dossier: Dossier) -> Section:
    rows = [
        (
            one.device,
            one.live.config,
            f"{one.live.model} {one.live.model_sha256}",
            one.live.software,
            one.paper_sha256 or gap("een papier dat klopt"),
        )
        for one in dossier.sensors
        if one.live is not None
    ]
    headings = ("kast", "instellingen, sha256", "model, sha256", "software", "papier, sha256")
    text = (
        f"Sitebestand {dossier.site.id}, versie {dossier.version}, sha256 {dossier.plan_sha256}. "
        "De hashes hieronder zijn die van de kasten zelf, zoals het laatst gemeld."
    )
    return Section("hashes", "Hashes", (text, _table(headings, rows)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
