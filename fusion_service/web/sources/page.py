# SPDX-License-Identifier: Apache-2.0
"""The stewards' page as text: a plain form that works without a script. Every value is escaped."""

from dataclasses import dataclass
from html import escape

from fusion_service.registry.site import CountSource, Site
from fusion_service.sources.person import PEOPLE_MAX, SPREAD_MAX_PERCENT
from fusion_service.web.sources.words import Words

POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "
    "'none'"
)
STYLE = """\
:root { color-scheme: light dark; font: 1.15rem/1.4 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 30rem; padding: 1rem; }
label, legend { display: block; font-weight: 600; margin-top: 1rem; }
input, select, button { box-sizing: border-box; font: inherit; min-height: 3rem; width: 100%; }
fieldset { border: 0; margin: 0; padding: 0; }
fieldset label { align-items: center; border-left: 1rem solid; display: flex; font-weight: 400;
  margin: 0.3rem 0; padding-left: 0.6rem; }
fieldset input { min-height: 1.5rem; width: 2rem; }
.green { border-color: #1a7f37; } .yellow { border-color: #d4a200; }
.orange { border-color: #d9660b; } .red { border-color: #c62828; }
button { background: #0b4f9e; border: 0; color: #fff; margin-top: 1.2rem; }
.told { border: 2px solid; padding: 0.6rem; }
.exercise { background: #7b1fa2; color: #fff; font-weight: 700; padding: 0.6rem; }
"""
_WHOLE_NUMBER = 'type="number" inputmode="numeric" min="0"'


@dataclass(frozen=True, slots=True)
class StewardPage:
    """What a page shows: of which source, in which words, what is told, whether a key is wanted."""

    words: Words
    site: str
    source: str
    site_name: str
    zones: tuple[tuple[str, str], ...]
    told: str
    wants_key: bool
    exercise: str | None


def zones_of(site: Site, source: CountSource) -> tuple[tuple[str, str], ...]:
    """Return the zones of a person's source, each with its name at the site."""
    names = {zone.id: zone.name for zone in site.zones}
    return tuple(
        (one.zone, names.get(one.at_zone or "", one.zone))
        for one in source.counters
        if one.zone is not None
    )


def html_of(page: StewardPage) -> str:
    """Return the page."""
    words = page.words
    address = f"/steward/{page.site}/{page.source}"
    parts = [
        "<!doctype html>",
        f'<html lang="{words.language}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{escape(words.title)}</title>",
        '<link rel="stylesheet" href="/steward/style.css"></head><body>',
    ]
    if page.exercise is not None:
        banner = escape(words.exercise.format(page.exercise))
        parts.append(f'<p class="exercise" role="status">{banner}</p>')
    parts.append(f"<h1>{escape(words.title)}</h1><p>{escape(page.site_name)}</p>")
    if page.told:
        parts.append(f'<p class="told" role="status">{escape(page.told)}</p>')
    if page.zones:
        parts.append(_form(page, address))
    parts.append(f"<p>{escape(words.privacy)}</p>")
    other = f"{address}?lang={words.other}"
    parts.append(f'<p><a href="{escape(other)}" lang="{words.other}">{words.other_name}</a></p>')
    parts.append("</body></html>")
    return "\n".join(parts)


def _form(page: StewardPage, address: str) -> str:
    words = page.words
    parts = [
        f"<p>{escape(words.intro)}</p>",
        f'<form method="post" action="{escape(address)}?lang={words.language}">',
    ]
    if page.wants_key:
        parts.append(
            f'<label for="key">{escape(words.key)}</label>'
            '<input id="key" name="key" type="password" required autocomplete="off" '
            'maxlength="64">'
        )
    options = "".join(
        f'<option value="{escape(zone)}">{escape(name)}</option>' for zone, name in page.zones
    )
    parts += [
        f'<label for="zone">{escape(words.zone)}</label>',
        f'<select id="zone" name="zone" required>{options}</select>',
        f'<label for="people">{escape(words.people)}</label>',
        f'<input id="people" name="people" max="{PEOPLE_MAX}" required {_WHOLE_NUMBER}>',
        f'<label for="spread">{escape(words.spread)}</label>',
        f'<input id="spread" name="spread_percent" max="{SPREAD_MAX_PERCENT}" {_WHOLE_NUMBER}>',
        f"<fieldset><legend>{escape(words.colour)}</legend>",
        *(
            f'<label class="{colour}"><input type="radio" name="colour" value="{colour}">'
            f"{escape(text)}</label>"
            for colour, text in words.colours
        ),
        f"</fieldset><button>{escape(words.send)}</button></form>",
    ]
    return "\n".join(parts)
