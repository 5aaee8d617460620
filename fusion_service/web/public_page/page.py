# SPDX-License-Identifier: Apache-2.0
"""What stands where on the public page, and on the small one that others put into theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fusion_service.web.public_page.facts import (
    SCORED_DAYS,
    Crowd,
    PlaceFacts,
    SiteFacts,
    WrongFacts,
)
from fusion_service.web.public_page.markup import (
    Child,
    Markup,
    element,
    filled,
    foreign,
    joined,
)
from fusion_service.web.public_page.words.wording import PublicWords

SMALL_HOURS = 6
"""Coming hours of each place on the small page."""
COMMA = element("span", {"class": "unseen"}, ",")
"""Read, and not seen: colours stand apart already."""
OLDER_S = 60
"""A number that was counted so long before the newest has its own time beside it."""
BAR = 100
"""How long the drawing of an interval is; its scale reaches to the highest of the place."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where more is to be read; None where the config names nothing."""

    dossier: str | None = None
    register: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A site's page as it is written: what is known, in which words, where more is to be read."""

    facts: SiteFacts
    words: PublicWords
    links: Links
    exercise: str | None

    def whole(self) -> Markup:
        """Write what stands in the page's main part."""
        return joined(
            self._head(),
            self._now(),
            self._coming(),
            self._sure(),
            self._wrong(),
            self._counted(),
            self._absent(),
            self._more(),
        )

    def small(self) -> Markup:
        """Write the same in short, for a frame in a page of others."""
        address = f"/public/{self.facts.site}?language={self.words.language}"
        link = {"href": address, "target": "_blank", "rel": "noopener"}
        return joined(
            self._head(),
            self._now(),
            self._coming(SMALL_HOURS),
            section("sure", self.words.sure, paragraph(self.words.sure_eight)),
            element("p", {}, element("a", link, self.words.whole_page)),
        )

    def _head(self) -> Markup:
        name = element("span", {"class": "site"}, foreign(self.facts.name))
        title = element("h1", {"id": "title"}, self.words.title, " ", name)
        if self.exercise is None:
            return title
        return joined(element("p", {"class": "exercise"}, self.words.exercise), title)

    def _now(self) -> Markup:
        words, facts = self.words, self.facts
        newest = facts.counted_s
        if newest is None:
            return section("now", words.now, paragraph(words.no_numbers))
        said = joined(filled(words.counted, time=self._time(newest)), " ", self._late(words.late))
        places = [self._place_now(one, newest) for one in facts.places]
        return section(
            "now",
            words.now,
            element("p", {"class": "when"}, said),
            element("ul", {"class": "places"}, *places),
        )

    def _place_now(self, place: PlaceFacts, newest_s: int) -> Markup:
        words, now = self.words, place.now
        name = element("span", {"class": "name"}, foreign(place.name))
        if now is None:
            said: Child = element("span", {"class": "unknown"}, words.unknown)
        else:
            is_older = newest_s - now.at_s >= OLDER_S
            older = filled(words.from_time, time=self._time(now.at_s)) if is_older else None
            people = self._between(words.between, now)
            said = joined(
                self._level(now), COMMA, " ", people, " " if is_older else None, older, "."
            )
        return element("li", {"data-key": f"now-{place.id}"}, name, ": ", said)

    def _coming(self, hours_max: int | None = None) -> Markup:
        words, facts = self.words, self.facts
        if not facts.is_forecast_told:
            return section("coming", words.coming, paragraph(words.not_told))
        if facts.made_s is None or not any(one.today or one.tomorrow for one in facts.places):
            return section("coming", words.coming, paragraph(words.no_forecast))
        hour = filled(words.hour)
        made = filled(words.made, time=self._time(facts.made_s))
        return section(
            "coming",
            words.coming,
            element("p", {"class": "when"}, made, " ", hour),
            *(self._place_coming(one, hours_max) for one in facts.places),
        )

    def _place_coming(self, place: PlaceFacts, hours_max: int | None) -> Markup:
        words = self.words
        head = element("h3", {}, foreign(place.name))
        key = {"class": "place", "data-key": f"to-{place.id}"}
        if not place.today and not place.tomorrow:
            return element("div", key, head, paragraph(words.unknown))
        scale = max(one.maximum for one in (*place.today, *place.tomorrow))
        if hours_max is not None:
            coming = (*place.today, *place.tomorrow)[:hours_max]
            return element("div", key, head, self._hours(coming, scale))
        today = (
            joined(element("h4", {}, words.today), self._hours(place.today, scale))
            if place.today
            else paragraph(words.today_over)
        )
        tomorrow = (
            element(
                "details",
                {},
                element("summary", {}, words.tomorrow),
                self._hours(place.tomorrow, scale),
            )
            if place.tomorrow
            else None
        )
        return element("div", key, head, today, tomorrow)

    def _hours(self, hours: Sequence[Crowd], scale: int) -> Markup:
        return element("ol", {"class": "hours"}, *(self._hour(one, scale) for one in hours))

    def _hour(self, one: Crowd, scale: int) -> Markup:
        start = round(one.minimum / scale * BAR)
        long = max(round(one.maximum / scale * BAR) - start, 1)
        bar = element(
            "svg",
            {"viewbox": f"0 0 {BAR} 4", "preserveaspectratio": "none", "aria-hidden": "true"},
            element("rect", {"x": start, "width": long, "height": 4}),
        )
        people = self._between(self.words.range, one)
        at = element("span", {}, self._time(one.at_s), ": ")
        return element("li", {}, at, self._level(one), COMMA, " ", people, bar)

    def _sure(self) -> Markup:
        words = self.words
        rounded = words.sure_rounded.format(step=self._number(self.facts.rules.round_to))
        return section(
            "sure",
            words.sure,
            paragraph(words.sure_two, words.sure_eight, words.sure_two_in_ten, rounded),
        )

    def _wrong(self) -> Markup:
        words, wrong = self.words, self.facts.wrong
        if not self.facts.is_forecast_told:
            return section("wrong", words.wrong, paragraph(words.not_told))
        if not wrong:
            return section("wrong", words.wrong, paragraph(words.wrong_unknown))
        lines = [element("li", {}, *self._wrong_line(one)) for one in wrong]
        return section(
            "wrong", words.wrong, paragraph(words.wrong_means), element("ul", {}, *lines)
        )

    def _wrong_line(self, one: WrongFacts) -> list[Child]:
        words = self.words
        yesterday = (
            words.wrong_yesterday_unknown
            if one.yesterday is None
            else words.wrong_yesterday.format(number=one.yesterday)
        )
        said = [yesterday, words.wrong_month.format(number=one.month)]
        if one.days < SCORED_DAYS:
            said.append(words.wrong_days.format(days=one.days))
        name = words.horizons[one.horizon_s // 3600]
        return [element("strong", {}, name, "."), " ", " ".join(said)]

    def _counted(self) -> Markup:
        words = self.words
        return section("counted", words.counted_what, paragraph(*words.counted_lines))

    def _absent(self) -> Markup:
        words = self.words
        late = self._late(words.absent_late)
        lines = element("p", {}, late, " ", " ".join(words.absent_lines))
        return section("absent", words.absent, lines)

    def _more(self) -> Markup:
        words, links = self.words, self.links
        language = f"?language={words.language}"
        entries = [
            words.no_dossier if links.dossier is None else link(links.dossier, words.dossier),
            words.no_register if links.register is None else link(links.register, words.register),
            link(f"/v1/public/{self.facts.site}", words.numbers),
            link(f"/accessibility{language}", words.accessibility),
        ]
        listed = element("ul", {}, *(element("li", {}, one) for one in entries))
        fresh = element("noscript", {"data-own": True}, paragraph(words.fresh))
        return section("more", words.more, listed, fresh)

    def _late(self, text: str) -> Markup:
        return filled(text, minutes=str(-(-self.facts.rules.delay_s // 60)))

    def _level(self, crowd: Crowd) -> Markup:
        said = self.words.levels[crowd.level]
        return element("strong", {"class": f"level {crowd.level.name.lower()}"}, said)

    def _between(self, text: str, one: Crowd) -> Markup:
        low, high = self._number(one.minimum), self._number(one.maximum)
        said = text.format(low=low, high=high)
        unit = element("span", {"class": "unit"}, " ", self.words.people)
        return element("span", {"class": "people"}, said, unit)

    def _time(self, at_s: int) -> Markup:
        at = datetime.fromtimestamp(at_s, UTC).astimezone(self.facts.clock)
        return element("time", {"datetime": at.isoformat()}, f"{at:%H:%M}")

    def _number(self, people: int) -> str:
        return f"{people:,}".replace(",", "." if self.words.language == "nl" else ",")


def section(name: str, heading: str, *children: Child) -> Markup:
    """Write a part of a page under its heading."""
    head = element("h2", {"id": name}, heading)
    return element("section", {"aria-labelledby": name}, head, *children)


def paragraph(*sentences: str) -> Markup:
    """Write sentences one after another."""
    return element("p", {}, " ".join(sentences))


def link(address: str, said: str) -> Markup:
    """Write a link."""
    return element("a", {"href": address}, said)
