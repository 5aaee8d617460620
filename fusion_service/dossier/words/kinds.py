# SPDX-License-Identifier: Apache-2.0
"""What a source counts with, and what may then be said of it, in Dutch.

A network camera sends its pictures over a cable, so that of it no sentence says that pictures are
not sent. A file was recorded before, so that of it none says that nothing is kept. Of a source of
others, and of hardware without pictures, is said what was told of it, and that it is told.
"""

from dataclasses import dataclass
from enum import StrEnum

from fusion_service.dossier.words.gaps import gap
from fusion_service.registry.site import CountSource
from fusion_service.registry.source import SourceKind, Technology


class Kind(StrEnum):
    """What a box of ours, or a source of others, counts with; its sign has this name too."""

    CAMERA = "camera"
    NETWORK_CAMERA = "netwerkcamera"
    FILE = "videobestand"
    CAMERA_UNSAID = "camera-onbekend"
    THERMAL = "warmtesensor"
    RADAR = "radar"
    BEAM = "lichtstraal"
    COUNTER = "telapparaat"
    PLANNED_CAMERA = "geplande-camera"
    PLANNED_THERMAL = "geplande-warmtesensor"
    PLANNED_RADAR = "geplande-radar"
    PLANNED_BEAM = "geplande-lichtstraal"
    UNHEARD = "nog-niet-gemeld"
    OTHERS = "teller-van-een-ander"
    FOLLOWS_DEVICES = "volgt-apparaten"
    PERSON = "mensen"


@dataclass(frozen=True, slots=True)
class KindWords:
    """What may be said: its name, what it processes, what is kept of it, what it sends.

    sensor is what a register calls it, title and sign stand on its sign. flow: rows of where, what
    and where it goes on, up to our centre. risks: rows of a risk and what is left of it.
    """

    name: str
    sensor: str
    processed: str
    kept: tuple[tuple[str, str, str], ...]
    title: str
    sign: tuple[str, ...]
    flow: tuple[tuple[str, str, str], ...]
    risks: tuple[tuple[str, str], ...] = ()


_ANONYMOUS = "Er wordt niemand herkend: geen gezicht, geen kenteken, geen geluid, geen telefoon."
_NUMBERS = "De kast geeft alleen getallen door: hoeveel mensen langskwamen of in een gebied waren."
_BOX_FLOW = (
    ("sensorproces", "beelden", "kaders om mensen, in het werkgeheugen"),
    ("sensorproces", "kaders om mensen, zonder kenmerk", "sommen van één venster"),
    ("poortproces", "sommen van één venster", "getallen na de openbaarmakingsregel, getekend"),
    ("verzendproces", "getekende rapporten", "de berichtendienst van de centrale"),
)
_TOLD_FLOW = (
    ("telapparaat", "tellingen", "de kast"),
    ("poortproces", "sommen van één venster", "getallen na de openbaarmakingsregel, getekend"),
    ("verzendproces", "getekende rapporten", "de berichtendienst van de centrale"),
)
_COUNTS_FLOW = (("de bron", "aantallen met hun tijd", "de centrale"),)


_KEPT_BY_OTHERS = (
    (
        "wat het apparaat bewaart",
        gap("hoe lang de eigenaar bewaart wat zijn apparaat meet"),
        "de eigenaar van het apparaat",
    ),
)


def _planned(word: str, name: str) -> KindWords:
    """Return the words of a place that is drawn for a technique, where no box has spoken yet."""
    return KindWords(
        name=f"geplande {name}",
        sensor=f"{word} (gepland)",
        processed=(
            f"nog niets: volgens het sitebestand komt hier {word}, en er heeft zich nog geen kast "
            f"gemeld. {gap(f'wat {word} gaat meten, bewaren en versturen')}"
        ),
        kept=(
            (
                f"wat {word} gaat bewaren",
                gap(f"hoe lang {word} bewaart wat hij meet"),
                "de instellingen van het apparaat",
            ),
        ),
        title=f"Hier gaat {word} mensen tellen",
        sign=(f"Hier komt {word}. Er wordt hier nu nog niet geteld.",),
        flow=(("de plek", "nog niets", "nog niets: er is geen kast gehoord"),),
    )


def _told(word: str, title: str) -> KindWords:
    """Return the words of a box that counts without a camera, as its own messages say."""
    return KindWords(
        name=f"kast met {word}",
        sensor=word,
        processed=(
            f"tellingen met {word}, zoals de kast zelf meldt; de kast meldt geen camera. "
            + gap(f"wat {word} meet, bewaart en verstuurt")
        ),
        kept=(
            (
                f"wat {word} bewaart",
                gap(f"hoe lang {word} bewaart wat hij meet"),
                "de instellingen van het apparaat",
            ),
        ),
        title=title,
        sign=("De kast meldt geen camera.", _NUMBERS),
        flow=_TOLD_FLOW,
    )


_CAMERA_UNSAID = gap("hoe de camera is aangesloten; dat staat in het papier van de kast")
KINDS = {
    Kind.CAMERA: KindWords(
        name="camera aan de kast",
        sensor="optische telsensor",
        processed=(
            "beelden van een camera die aan de kast vastzit, enkele milliseconden, in het "
            "werkgeheugen van de kast; ze worden niet bewaard en niet verstuurd"
        ),
        kept=(("een beeld", "tot het volgende; nooit op schijf", "de code"),),
        title="Hier telt een camera mensen",
        sign=(
            "De camera zit vast aan een kast. De kast bekijkt elk beeld enkele milliseconden.",
            "Beelden worden niet bewaard en niet verstuurd.",
            _ANONYMOUS,
            _NUMBERS,
        ),
        flow=_BOX_FLOW,
    ),
    Kind.NETWORK_CAMERA: KindWords(
        name="netwerkcamera",
        sensor="optische telsensor",
        processed=(
            "beelden die een netwerkcamera over een netwerkkabel naar de kast stuurt; die kabel "
            "wordt door niemand bij de kast bewaakt. De kast bekijkt elk beeld enkele "
            "milliseconden, bewaart het niet en geeft het niet door"
        ),
        kept=(
            ("een beeld op de kast", "tot het volgende; nooit op schijf", "de code"),
            (
                "een beeld in de camera",
                gap("hoe lang de camera zelf beelden bewaart"),
                "de instellingen van de camera",
            ),
        ),
        title="Hier telt een netwerkcamera mensen",
        sign=(
            (
                "De camera stuurt beelden over een netwerkkabel naar een kast; wie bij de camera "
                "of de kabel kan komen, kan ze zien."
            ),
            (
                "De kast bekijkt elk beeld enkele milliseconden, bewaart het niet en geeft het "
                "niet door. Wat de camera zelf bewaart, staat in haar instellingen."
            ),
            _ANONYMOUS,
            _NUMBERS,
        ),
        flow=(
            ("camera", "beelden", "de kast, over een netwerkkabel, niet versleuteld"),
            ("aanvoerproces", "beelden", "het sensorproces, in het werkgeheugen"),
            *_BOX_FLOW,
        ),
        risks=(
            (
                "wie bij de camera, de kabel of een schakelkast onderweg kan komen",
                "ziet de beelden; niets in de kast houdt dat tegen",
            ),
            (
                "een camera die opneemt of beelden ergens anders heen stuurt",
                "de kast ziet dat niet en kan het niet beletten",
            ),
        ),
    ),
    Kind.FILE: KindWords(
        name="videobestand (proef)",
        sensor="videobestand",
        processed=(
            "beelden van een videobestand dat eerder is opgenomen; er staat geen camera open. Het "
            "bestand blijft waar het staat"
        ),
        kept=(
            (
                "het videobestand",
                gap("hoe lang het videobestand bewaard blijft"),
                "wie het heeft opgenomen",
            ),
        ),
        title="Hier wordt een proef gedaan met een videobestand",
        sign=("Er staat geen camera open. U wordt hier nu niet geteld.",),
        flow=(("videobestand", "beelden, eerder opgenomen", "het sensorproces"), *_BOX_FLOW),
        risks=(("wie het videobestand kan lezen", "ziet de beelden; de kast maakte het niet"),),
    ),
    Kind.CAMERA_UNSAID: KindWords(
        name="camera, aansluiting niet bekend",
        sensor="optische telsensor",
        processed=_CAMERA_UNSAID,
        kept=(("een beeld", _CAMERA_UNSAID, "de code, of de camera zelf"),),
        title="Hier telt een camera mensen",
        sign=(_CAMERA_UNSAID, _ANONYMOUS, _NUMBERS),
        flow=(("camera", "beelden", _CAMERA_UNSAID), *_BOX_FLOW),
    ),
    Kind.THERMAL: _told("een warmtesensor", "Hier telt een warmtesensor mensen"),
    Kind.RADAR: _told("een radar", "Hier telt een radar mensen"),
    Kind.BEAM: _told("een lichtstraal", "Hier telt een lichtstraal mensen"),
    Kind.COUNTER: _told("een telapparaat", "Hier telt een apparaat mensen"),
    Kind.PLANNED_CAMERA: _planned("een camera", "camera"),
    Kind.PLANNED_THERMAL: _planned("een warmtesensor", "warmtesensor"),
    Kind.PLANNED_RADAR: _planned("een radar", "radar"),
    Kind.PLANNED_BEAM: _planned("een lichtstraal", "lichtstraal"),
    Kind.UNHEARD: KindWords(
        name="getekende plek, nog niet gemeld",
        sensor=gap("waarmee hier geteld wordt"),
        processed=gap("waarmee hier geteld wordt; er heeft zich nog geen kast gemeld"),
        kept=(),
        title="Hier worden mensen geteld",
        sign=(gap("waarmee hier geteld wordt; er heeft zich nog geen kast gemeld"),),
        flow=(("de plek", gap("wat hier gemeten wordt"), "nog niets: er is geen kast gehoord"),),
    ),
    Kind.OTHERS: KindWords(
        name="teller van een ander",
        sensor="teller van een ander",
        processed=(
            "aantallen met hun tijd. Het apparaat is niet van ons: wat het zelf meet, bewaart of "
            "verstuurt, is niet getoetst"
        ),
        kept=_KEPT_BY_OTHERS,
        title="Hier telt iemand anders mensen",
        sign=("In dit systeem komen van deze teller alleen aantallen binnen, met hun tijd.",),
        flow=_COUNTS_FLOW,
        risks=(
            (
                "een teller van een ander die anders werkt dan is opgegeven",
                "niet te zien: zijn aantallen zijn niet getekend",
            ),
        ),
    ),
    Kind.FOLLOWS_DEVICES: KindWords(
        name="teller die apparaten van mensen volgt",
        sensor="teller van een ander die apparaten volgt",
        processed=(
            "aantallen, afgeleid van apparaten die mensen bij zich hebben; daarvoor worden die "
            "apparaten gevolgd, door de eigenaar van deze teller"
        ),
        kept=_KEPT_BY_OTHERS,
        title="Hier worden apparaten van mensen gevolgd",
        sign=(
            (
                "Deze teller volgt apparaten die mensen bij zich hebben. Overal waar zijn getallen "
                "staan, staat dat in rood."
            ),
            "In dit systeem komen van deze teller alleen aantallen binnen, met hun tijd.",
        ),
        flow=_COUNTS_FLOW,
        risks=(
            (
                "een teller die apparaten volgt",
                "herkent apparaten over tijd; ons systeem krijgt alleen aantallen",
            ),
        ),
    ),
    Kind.PERSON: KindWords(
        name="mensen die schatten",
        sensor="mens",
        processed="een schatting door iemand die kijkt; er is geen apparaat en geen beeld",
        kept=(),
        title="Hier schatten mensen hoe druk het is",
        sign=(
            "Iemand kijkt, schat hoeveel mensen er zijn en vult dat in. Er is geen apparaat.",
            "Er wordt niet opgeschreven wie er zijn.",
        ),
        flow=(("iemand die kijkt", "een geschat aantal", "de centrale, over een webpagina"),),
    ),
}
TECHNOLOGIES = {
    Technology.CAMERA: "camera",
    Technology.THERMAL: "warmtesensor",
    Technology.RADAR: "radar",
    Technology.BEAM: "lichtstraal",
    Technology.PRESSURE: "drukmat",
    Technology.TICKETS: "kaartverkoop",
    Technology.PERSON: "mensen",
    Technology.WIFI: "wifi",
    Technology.BLUETOOTH: "bluetooth",
    Technology.GPS: "gps",
    Technology.OTHER: "een andere techniek",
}
FEEDS = {
    "knmi": "weer (KNMI)",
    "open-meteo": "weersverwachting (Open-Meteo)",
    "gtfs-rt": "openbaar vervoer (GTFS-RT)",
    "spdp": "parkeren (SPDP)",
    "ndw": "verkeer (NDW)",
    "ical": "evenementen (iCal)",
}
"""What the centre may ask of others, by the kind that its config names. None is of persons."""


def kind_of_source(source: CountSource) -> Kind:
    """Return what a source of others counts as."""
    if source.kind is SourceKind.PERSON or source.technology is Technology.PERSON:
        return Kind.PERSON
    follows = source.technology.follows_devices
    return Kind.FOLLOWS_DEVICES if follows else Kind.OTHERS
