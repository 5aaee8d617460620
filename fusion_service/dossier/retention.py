# SPDX-License-Identifier: Apache-2.0
"""How long what is kept, on the boxes and at the centre, and who set it."""

from fusion_service.dossier.dossier import Dossier, Kept
from fusion_service.dossier.words.gaps import gap
from fusion_service.dossier.words.kinds import KINDS
from fusion_service.dossier.words.wording import thousandths
from fusion_service.pages.section import Table
from wire_contract.programs.box_paper import Paper

_HEADINGS = ("waar", "wat", "hoe lang", "bepaald door")
_TEXTS = {
    "use": "namen en adressen bij gewoon gebruik",
    "alarm": "namen, adressen en opmerkingen bij alarmen, weigeringen en noodtoegang",
    "change": "namen, adressen en redenen bij wijzigingen en besluiten",
}
Row = tuple[str, str, str, str]


def retention_table(dossier: Dossier) -> Table:
    """Return every period: of each kind of source, of each box, of the centre."""
    rows: list[Row] = []
    for kind, boxes, others in dossier.kinds():
        names = ", ".join(one.device for one in boxes) or ", ".join(one.id for one in others)
        rows += [(f"{KINDS[kind].name}: {names}", *row) for row in KINDS[kind].kept]
    for one in dossier.sensors:
        rows += _box(f"kast {one.device}", one.paper)
    return Table(_HEADINGS, (*rows, *_centre(dossier.operator.kept)))


def _box(where: str, paper: Paper | None) -> list[Row]:
    if paper is None:
        return [(where, "wat de kast bewaart", gap("het papier van deze kast"), "de kast")]
    return [
        (
            where,
            "een spoor van iemand in beeld",
            f"hooguit {thousandths(paper.track_ms)} s nadat die het laatst gezien is",
            "de code",
        ),
        (
            where,
            "exacte sommen",
            f"één venster, {paper.length_s} s",
            "instelling `window.length_s`",
        ),
        (
            where,
            "getekende rapporten",
            (
                f"{paper.payload_days} dagen nadat de centrale ze heeft, hooguit "
                f"{paper.reports_kept}; de hashes blijven"
            ),
            "instelling `store.payload_days`, de code",
        ),
    ]


def _centre(kept: Kept) -> list[Row]:
    where = "centrale"
    periods = (
        ("rapporten", kept.report_days, "report"),
        ("aantallen van bronnen van anderen", kept.report_days, "report"),
        ("schattingen, kwartiergemiddelden en scores", kept.estimate_days, "estimate"),
        ("gegevens van buiten, zoals weer en vervoer", kept.context_days, "context"),
        ("wat voorspeld is, en waarschuwingen", kept.forecast_days, "forecast"),
        ("berichten die niet bruikbaar waren", kept.dead_letter_days, "dead_letter"),
    )
    rows: list[Row] = [
        (where, what, f"{days} dagen", f"instelling `retention.{name}_days`")
        for what, days, name in periods
    ]
    rows.append((where, "hashes van rapporten", "ze blijven", "de code"))
    rows += [
        (where, f"toegangslog en dienstlog: {_TEXTS.get(name, name)}", f"{days} dagen", "de code")
        for name, days in kept.text_days
    ]
    mebibytes = kept.security_log_bytes // 2**20
    return [*rows, (where, "beveiligingslog", f"de laatste {mebibytes} MiB", "de code")]
