# SPDX-License-Identifier: Apache-2.0
"""Pages of sections: one file of plain HTML each, which runs and fetches nothing."""

from collections.abc import Sequence
from html import escape

from fusion_service.dossier.pages.section import Block, Items, Section
from fusion_service.dossier.words.gaps import GAP

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:1em auto;padding:0 1em;color:#111;"
    "background:#fff}table{border-collapse:collapse;width:100%;margin:1em 0;font-size:.9em}"
    "th,td{border:1px solid #888;padding:.3em;text-align:left;vertical-align:top;hyphens:auto}"
    ".long{overflow-wrap:anywhere}mark{background:#ffd}h1,h2{line-height:1.2}"
    "@page{size:A4;margin:12mm}@media print{body{font-size:12px}.sheet{break-before:page}"
    "nav{display:none}}"
)

WORD_MAX = 24
"""Characters of the longest word that a column is made wide enough for."""


def page(title: str, intro: str, sections: Sequence[Section]) -> str:
    """Return a page; gaps are marked, and a list of its sections leads to each."""
    links = "".join(
        f'<li><a href="#{escape(one.id)}">{escape(one.title)}</a></li>' for one in sections
    )
    body = "".join(_section(one) for one in sections)
    return (
        '<!DOCTYPE html>\n<html lang="nl"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src '
        "'none';style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(title)}</h1><p>{_text(intro)}</p><nav><ul>{links}</ul></nav>{body}"
        "</main></body></html>\n"
    )


def _section(one: Section) -> str:
    sheet = ' class="sheet"' if one.on_a_page else ""
    blocks = "\n".join(map(_block, one.blocks))
    return (
        f'<section id="{escape(one.id)}"{sheet}><h2>{escape(one.title)}</h2>\n{blocks}</section>\n'
    )


def _block(block: Block) -> str:
    if isinstance(block, str):
        return f"<p>{_text(block)}</p>"
    if isinstance(block, Items):
        return f"<ul>{''.join(f'<li>{_text(text)}</li>' for text in block.texts)}</ul>"
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in block.headings)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in block.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(text: str) -> str:
    """Return a cell; a hash or an address may be broken anywhere, a word may not."""
    is_long = any(len(word) > WORD_MAX for word in text.split())
    how = ' class="long"' if is_long else ""
    return f"<td{how}>{_text(text)}</td>"


def _text(text: str) -> str:
    """Return a text, and marked what is missing in it."""
    known, marker, missing = text.partition(GAP)
    return escape(known) + (f"<mark>{escape(marker + missing)}</mark>" if marker else "")
