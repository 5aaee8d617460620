# SPDX-License-Identifier: Apache-2.0
"""The accessibility statement, after the Dutch model (toegankelijkheidsverklaring).

Rule: what only whoever answers for the centre can say comes from the config; what the config does
not say is shown as still to be filled in. A status is theirs to give, never the maker's.
"""

from dataclasses import dataclass

from fusion_service.web.public_page.markup import Child, Markup, element, foreign, joined
from fusion_service.web.public_page.page import link, paragraph, section
from fusion_service.web.public_page.words.statement_en import EN
from fusion_service.web.public_page.words.statement_nl import NL
from fusion_service.web.public_page.words.statement_wording import StatementWords

WORDS = {"nl": NL, "en": EN}


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers for how accessible this centre is; None where nobody said.

    status: A to E of the Dutch model. drawn_up_on: YYYY-MM-DD. report_url: of an investigation.
    """

    organisation: str | None = None
    email: str | None = None
    phone: str | None = None
    status: str | None = None
    drawn_up_on: str | None = None
    report_url: str | None = None


def statement_of(language: str, who: Answering) -> tuple[str, Markup]:
    """Return the statement's title, and its main part."""
    words = WORDS[language]
    missing = element("em", {"class": "open"}, words.open)
    name: Child = missing if who.organisation is None else foreign(who.organisation)
    is_whole = None not in {who.organisation, who.email, who.status, who.drawn_up_on}
    draft = None if is_whole else element("p", {"class": "draft"}, words.draft)
    head = joined(
        element("h1", {"id": "title"}, words.title),
        draft,
        element("p", {}, words.whose, " ", name, ". ", words.strives),
        element("p", {}, words.covers),
    )
    status: Child = missing if who.status is None else words.statuses[who.status]
    date: Child = missing if who.drawn_up_on is None else element("time", {}, who.drawn_up_on)
    report: Child = missing
    if who.report_url is not None:
        report = link(who.report_url, words.report)
    tried = element("ul", {}, *(element("li", {}, one) for one in words.tried))
    fails = element("ul", {}, *(element("li", {}, one) for one in words.fails))
    return words.title, joined(
        head,
        section("status", words.status, element("p", {}, words.status_is, " ", status)),
        section("fails", words.fails_title, paragraph(words.fails_said), fails),
        section(
            "tried",
            words.tried_title,
            paragraph(words.tried_said),
            tried,
            element("p", {}, words.report_is, " ", report),
        ),
        section("drawn", words.drawn, element("p", {}, words.drawn_on, " ", date)),
        section("contact", words.contact, paragraph(words.contact_said), _contact(who, words)),
        section("procedure", words.procedure, *(paragraph(one) for one in words.procedure_said)),
    )


def _contact(who: Answering, words: StatementWords) -> Markup:
    missing = element("em", {"class": "open"}, words.open)
    email: Child = missing if who.email is None else link(f"mailto:{who.email}", who.email)
    phone: Child = missing if who.phone is None else foreign(who.phone)
    return element(
        "ul",
        {},
        element("li", {}, words.email, " ", email),
        element("li", {}, words.phone, " ", phone),
    )
