# SPDX-License-Identifier: Apache-2.0
"""Pages of sections: one file of plain HTML each, which runs and fetches nothing."""

from html import escape

from fusion_service.pages.section import Block, Document, Items, Section, marked

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:1em auto;padding:0 1em;color:#111;"
    "background:#fff}table{border-collapse:collapse;width:100%;margin:1em 0;font-size:.9em}"
    "th,td{border:1px solid #888;padding:.3em;text-align:left;vertical-align:top;hyphens:auto}"
    ".long{overflow-wrap:anywhere}mark{background:#ffd}h1,h2{line-height:1.2}"
    "@page{size:A4;margin:12mm}@media print{body{font-size:12px}.sheet{break-before:page}"
    "nav{display:none}}"
)

WORD_MAX = 24
"""Characters of the longest word that a column is made wide enough for."""


def page(document: Document) -> str:
    """Return a page; what is missing is marked, and a list of its sections leads to each."""
    sections, title = document.sections, escape(document.title)
    links = "".join(
        f'<li><a href="#{escape(one.id)}">{escape(one.title)}</a></li>' for one in sections
    )
    body = "".join(_section(one, document.marker) for one in sections)
    return (
        f'<!DOCTYPE html>\n<html lang="{document.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src '
        "'none';style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{title}</h1><p>{_text(document.intro, document.marker)}</p>"
        f"<nav><ul>{links}</ul></nav>{body}</main></body></html>\n"
    )


def _section(one: Section, marker: str) -> str:
    sheet = ' class="sheet"' if one.on_a_page else ""
    blocks = "\n".join(_block(block, marker) for block in one.blocks)
    return (
        f'<section id="{escape(one.id)}"{sheet}><h2>{escape(one.title)}</h2>\n{blocks}</section>\n'
    )


def _block(block: Block, marker: str) -> str:
    if isinstance(block, str):
        return f"<p>{_text(block, marker)}</p>"
    if isinstance(block, Items):
        return f"<ul>{''.join(f'<li>{_text(text, marker)}</li>' for text in block.texts)}</ul>"
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in block.headings)
    rows = "".join(
        f"<tr>{''.join(_cell(cell, marker) for cell in row)}</tr>\n" for row in block.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(text: str, marker: str) -> str:
    """Return a cell; a hash or an address may be broken anywhere, a word may not."""
    is_long = any(len(word) > WORD_MAX for word in text.split())
    how = ' class="long"' if is_long else ""
    return f"<td{how}>{_text(text, marker)}</td>"


def _text(text: str, marker: str) -> str:
    """Return a text, and marked what is missing in it."""
    known, missing = marked(text, marker)
    return escape(known) + (f"<mark>{escape(missing)}</mark>" if missing else "")
