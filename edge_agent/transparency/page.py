# SPDX-License-Identifier: Apache-2.0
"""The page that a passer-by reaches.

One file, Dutch and English, no script, nothing fetched from anywhere; and its QR code.

The fixed sentences stand here in both languages; what is said of pictures follows from where they
come from, and from the level. What the config says in its own words (purpose, controller and so on)
is shown as it was written, in both halves.
"""

import io
from dataclasses import dataclass
from html import escape

from edge_agent.errors import ConfigError
from edge_agent.transparency.facts import Facts
from edge_agent.transparency.wording import Origin
from wire_contract.programs.extras import explained

_STYLE = (
    ":root{color-scheme:light dark}body{font:1.125rem/1.6 "
    "system-ui,sans-serif;max-width:40rem;margin:0 auto;padding:1rem;"
    "background:#fff;color:#1a1a1a}h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.2rem;margin-top:2rem}"
    "dt{font-weight:700;margin-top:.7rem}dd{margin:0}a{color:#0b4f8a}a:focus{outline:3px "
    "solid #0b4f8a}"
    "section+section{border-top:2px solid "
    "#767676;margin-top:3rem}svg{width:11rem;height:auto;background:#fff}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#eee}a{color:#8cc4ff}}"
    "@media print{nav{display:none}}"
)


@dataclass(frozen=True, slots=True)
class _Pictures:
    """What one language says of where pictures come from, what never happens, what is kept."""

    title: str
    intro: str
    camera: str
    looks: str
    nots: tuple[str, ...]
    right: str


@dataclass(frozen=True, slots=True)
class _Words:
    """The fixed sentences of one language; braces take facts."""

    language: str
    decimal: str
    name: str
    pictures: dict[Origin, _Pictures]
    test: str
    happens: str
    steps: tuple[str, ...]
    not_done: str
    nots: tuple[str, ...]
    honest: str
    truth: tuple[str, ...]
    weak: str
    who: str
    labels: tuple[str, ...]
    until: str
    exact: str
    rough: str
    code: str


_DUTCH_PICTURES = {
    Origin.ATTACHED: _Pictures(
        "Hier worden mensen geteld",
        "{place}: een kastje telt hoeveel mensen er lopen en staan. Het weet niet wie u bent.",
        "Er zit een camera in.",
        "Het kastje kijkt naar de beelden van zijn camera en telt de mensen erin.",
        (
            "Beelden worden niet bewaard en niet verstuurd.",
            "Het kastje heeft geen functie om live mee te kijken.",
        ),
        "U hebt recht op uitleg en kunt bezwaar maken. Omdat er niets over u wordt bewaard, valt "
        "er niets over u op te zoeken.",
    ),
    Origin.NETWORK: _Pictures(
        "Hier worden mensen geteld",
        "{place}: een kastje telt hoeveel mensen er lopen en staan. Het weet niet wie u bent.",
        "De camera hangt los van het kastje en stuurt zijn beelden ernaartoe, over een "
        "netwerkkabel.",
        "Het kastje kijkt naar de beelden die de camera stuurt en telt de mensen erin.",
        (
            (
                "Het kastje bewaart geen beelden en stuurt ze niet door. De camera stuurt ze wel "
                "naar het kastje: wie bij de camera of de kabel kan komen, kan ze zien."
            ),
            (
                "Het kastje heeft geen functie om live mee te kijken. Of de camera die heeft, en "
                "of die beelden bewaart, weet de verantwoordelijke."
            ),
        ),
        "U hebt recht op uitleg en kunt bezwaar maken. Omdat het kastje niets over u bewaart, "
        "valt daar niets over u op te zoeken.",
    ),
    Origin.FILE: _Pictures(
        "Hier worden mensen in een opname geteld",
        "{place}: een kastje speelt een film af die eerder is opgenomen. U wordt hier nu niet "
        "geteld.",
        "Er staat geen camera open.",
        "Het kastje kijkt naar de beelden van de film en telt de mensen erin.",
        (
            (
                "Het kastje bewaart en verstuurt geen beelden. De film zelf bestond al en blijft "
                "staan waar hij staat."
            ),
            "Het kastje heeft geen functie om live mee te kijken.",
        ),
        "U hebt recht op uitleg en kunt bezwaar maken. Het kastje bewaart niets over u; staat u "
        "in de film, vraag dan de verantwoordelijke.",
    ),
}
_ENGLISH_PICTURES = {
    Origin.ATTACHED: _Pictures(
        "People are being counted here",
        "{place}: a box counts how many people walk and stand here. It does not know who you are.",
        "There is a camera in it.",
        "The box looks at the pictures of its camera and counts the people in them.",
        ("Pictures are not kept and not sent.", "The box has no function for watching live."),
        "You have a right to an explanation, and you may object. As nothing about you is kept, "
        "there is nothing about you to look up.",
    ),
    Origin.NETWORK: _Pictures(
        "People are being counted here",
        "{place}: a box counts how many people walk and stand here. It does not know who you are.",
        "The camera hangs apart from the box and sends its pictures there, over a network cable.",
        "The box looks at the pictures that the camera sends and counts the people in them.",
        (
            (
                "The box keeps no pictures and does not pass them on. The camera does send them to "
                "the box: who can get at the camera or the cable can see them."
            ),
            (
                "The box has no function for watching live. Whether the camera has one, and "
                "whether it keeps pictures, knows whoever answers for it."
            ),
        ),
        "You have a right to an explanation, and you may object. As the box keeps nothing about "
        "you, there is nothing to look up there.",
    ),
    Origin.FILE: _Pictures(
        "People in a recording are being counted here",
        "{place}: a box plays a film that was recorded before. You are not being counted here now.",
        "No camera is open.",
        "The box looks at the pictures of the film and counts the people in them.",
        (
            (
                "The box keeps no pictures and sends none. The film itself was there before and "
                "stays where it is."
            ),
            "The box has no function for watching live.",
        ),
        "You have a right to an explanation, and you may object. The box keeps nothing about you; "
        "if you are in the film, ask whoever answers for it.",
    ),
}
_DUTCH = _Words(
    "nl",
    ",",
    "Nederlands",
    _DUTCH_PICTURES,
    "Dit is een proefopstelling.",
    "Wat er gebeurt",
    (
        (
            "Elk beeld wordt een paar milliseconden bekeken, in het geheugen van het kastje, en "
            "daarna overschreven door het volgende."
        ),
        (
            "Om niemand dubbel te tellen volgt het een stip met een breedte en een hoogte, geen "
            "gezicht. De stip is na hooguit {track_s} seconden vergeten."
        ),
        (
            "Elke {window_s} seconden gaan er getallen naar buiten: hoeveel mensen een lijn "
            "overgingen ({lines}) en hoeveel er in een gebied waren ({zones}). {noise}"
        ),
    ),
    "Wat er niet gebeurt",
    ("Er wordt geen gezicht, kenteken, geluid of telefoon herkend.",),
    "Wat u moet weten",
    (
        (
            "Ook een beeld van een paar milliseconden is verwerking van persoonsgegevens. Daarom "
            "staat hieronder wie verantwoordelijk is en waarom het mag."
        ),
        (
            "Het kastje kan kapotgaan of worden opengebroken. Wat het dan tegenhoudt en wat niet, "
            "staat in de documenten van de verantwoordelijke."
        ),
    ),
    "Deze opstelling is minder afgeschermd dan een kastje op straat moet zijn; zij is voor "
    "proeven.",
    "Wie en waarom",
    (
        "Verantwoordelijk",
        "Doel",
        "Wettelijke grondslag",
        "Onderzoek naar de gevolgen (DPIA)",
        "Vragen of bezwaar",
        "Tijden",
        "Sensor",
    ),
    "{hours}, tot en met {end}",
    "De getallen zijn precies; dit is een proef.",
    "De getallen zijn met opzet een beetje onnauwkeurig, zodat er weinig uit te leren valt over "
    "een enkel mens.",
    "Deze pagina staat op {url}. De code is voor op het bord:",
)
_ENGLISH = _Words(
    "en",
    ".",
    "English",
    _ENGLISH_PICTURES,
    "This is a test installation.",
    "What happens",
    (
        (
            "Each picture is looked at for some milliseconds, in the box's memory, and then "
            "overwritten by the next."
        ),
        (
            "So that nobody is counted twice it follows a dot with a width and a height, not a "
            "face. The dot is forgotten after at most {track_s} seconds."
        ),
        (
            "Every {window_s} seconds numbers go out: how many people crossed a line ({lines}) and "
            "how many were in an area ({zones}). {noise}"
        ),
    ),
    "What does not happen",
    ("No face, number plate, sound or phone is recognised.",),
    "What you should know",
    (
        (
            "A picture of some milliseconds is processing of personal data too. That is why it "
            "says below who answers for it and why it is allowed."
        ),
        (
            "The box can break or be broken open. What it then holds back, and what not, is in the "
            "papers of whoever answers for it."
        ),
    ),
    "This installation is shielded less than a box in the street must be; it is for tests.",
    "Who and why",
    (
        "Who answers for it",
        "Purpose",
        "Legal basis",
        "Impact assessment (DPIA)",
        "Questions or objections",
        "Times",
        "Sensor",
    ),
    "{hours}, up to and including {end}",
    "The numbers are exact; this is a test.",
    "The numbers are a little inaccurate on purpose, so that little can be learned about one "
    "person.",
    "This page is at {url}. The code is for the sign:",
)


def page(facts: Facts) -> str:
    """Return the page. Raises ConfigError where what draws the QR code is not installed."""
    purpose = facts.purpose
    body = "".join(_half(words, facts) for words in (_DUTCH, _ENGLISH))
    title = " / ".join(words.pictures[facts.origin].title for words in (_DUTCH, _ENGLISH))
    return (
        '<!DOCTYPE html>\n<html lang="nl"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src '
        "'none';style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}: {escape(facts.place)}</title><style>{_STYLE}</style></head><body>"
        f'<nav aria-label="Taal / Language"><a href="#nl" lang="nl" hreflang="nl">Nederlands</a> '
        f'<a href="#en" lang="en" hreflang="en">English</a></nav><main>{body}</main>'
        f"<!-- config {facts.config_sha256}, assessment "
        f"{escape(purpose.dpia_reference).replace('--', '- -')} --></body></html>\n"
    )


def qr_svg(url: str, title: str) -> str:
    """Return a QR code of `url` as SVG for a page.

    With a quiet zone of four modules and error correction M.
    """
    try:
        import segno  # noqa: PLC0415 - the one command that needs it says so where it is missing
    except ImportError as error:
        raise ConfigError(f"the QR code: {explained(error)}") from error
    image = io.BytesIO()
    segno.make_qr(url, error="m").save(
        image, kind="svg", xmldecl=False, svgns=True, border=4, scale=4, title=title, omitsize=True
    )
    return image.getvalue().decode("utf-8").strip()


def _half(words: _Words, facts: Facts) -> str:
    """Return the page in one language."""
    values = _values(words, facts)
    pictures = words.pictures[facts.origin]
    intro = " ".join((words.test,) * facts.test_site + (pictures.intro, pictures.camera))
    lists = (
        (words.happens, (pictures.looks, *words.steps)),
        (words.not_done, (*pictures.nots, *words.nots)),
        (
            words.honest,
            (*words.truth, *(() if facts.is_held else (words.weak,)), pictures.right),
        ),
    )
    parts = [
        (
            f'<section id="{words.language}" '
            f'lang="{words.language}"><h1>{pictures.title}</h1><p>{_filled(intro, values)}</p>'
        )
    ]
    for heading, sentences in lists:
        items = "".join(f"<li>{_filled(sentence, values)}</li>" for sentence in sentences)
        parts.append(f"<h2>{heading}</h2><ul>{items}</ul>")
    rows = "".join(
        f"<dt>{label}</dt><dd>{escape(text)}</dd>"
        for label, text in zip(words.labels, _who_and_why(words, facts), strict=True)
    )
    parts.append(f"<h2>{words.who}</h2><dl>{rows}</dl><p>{_filled(words.code, values)}</p>")
    parts.append(f"{qr_svg(facts.page_url, f'QR: {facts.page_url}')}</section>")
    return "".join(parts)


def _values(words: _Words, facts: Facts) -> dict[str, str]:
    """Return what stands in the sentences' braces."""
    return {
        "place": facts.place,
        "track_s": f"{facts.track_s:g}".replace(".", words.decimal),
        "window_s": str(facts.window_s),
        "lines": ", ".join(facts.lines) or "-",
        "zones": ", ".join(facts.zones) or "-",
        "noise": words.exact if facts.rule == "exact" else words.rough,
        "url": facts.page_url,
    }


def _who_and_why(words: _Words, facts: Facts) -> tuple[str, ...]:
    """Return what follows each of the words' labels."""
    purpose = facts.purpose
    return (
        purpose.controller,
        purpose.purpose,
        purpose.legal_basis,
        purpose.dpia_reference,
        purpose.contact,
        words.until.format(hours=purpose.active_hours, end=purpose.end_date.isoformat()),
        f"{facts.site}/{facts.device}",
    )


def _filled(sentence: str, values: dict[str, str]) -> str:
    return escape(sentence.format(**values))
