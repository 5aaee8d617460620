# SPDX-License-Identifier: Apache-2.0
"""Feeds of others: how each fares, what it said last, and whose that is."""

from datetime import datetime
from typing import Self

from fusion_service.context.port import Feed
from fusion_service.context.state import FeedCondition, FeedState
from fusion_service.store.context import ContextValue, Quality, Quantity, Unit
from fusion_service.web.form.instants import SecondsOut, of_seconds
from fusion_service.web.views.base import View


class ProvenanceView(View):
    """Whose values are: what must be said wherever they are shown, and under which licence."""

    source: str
    licence: str
    attribution: str
    documentation: str


class ContextValueView(View):
    """One thing that a feed said.

    valid_at: the moment that it is of, or the beginning of what it is of, `length_s` long. amount:
    1 of an event. note: its title.
    """

    place: str
    quantity: Quantity
    amount: float
    unit: Unit
    quality: Quality
    valid_at: SecondsOut
    length_s: int
    issued_at: SecondsOut
    note: str

    @classmethod
    def of_value(cls, value: ContextValue) -> Self:
        """Show a value in its unit."""
        return cls(
            place=value.place,
            quantity=value.quantity,
            amount=value.amount,
            unit=value.quantity.unit,
            quality=value.quality,
            valid_at=of_seconds(value.valid_s),
            length_s=value.length_s,
            issued_at=of_seconds(value.issued_s),
            note=value.note,
        )


class MissingView(View):
    """What a feed gives and does not say now; an empty place stands for each of them."""

    place: str
    quantity: Quantity


class FeedView(View):
    """A feed of others.

    fresh_at: as of when its source stands, null where it never said anything; age_s: how long ago
    that is. why and to_do: of one that is degraded. missing: what whoever forecasts has to do
    without. values: the newest of each place and quantity, of a calendar the next entries. remarks:
    what in the last answer was of no use.
    """

    feed: str
    kind: str
    condition: FeedCondition
    since: SecondsOut
    why: str
    to_do: str
    failures: int
    asked_at: SecondsOut | None
    answered_at: SecondsOut | None
    fresh_at: SecondsOut | None
    age_s: int | None
    every_s: int
    stale_after_s: int
    provenance: ProvenanceView
    missing: tuple[MissingView, ...]
    values: tuple[ContextValueView, ...]
    remarks: tuple[str, ...]

    @classmethod
    def of_state(cls, feed: Feed, state: FeedState, now_s: int) -> Self:
        """Show a feed as it fares now."""

        def shown(at_s: int | None) -> datetime | None:
            return None if at_s is None else of_seconds(at_s)

        values = (*(value for value, _ in state.newest), *state.entries)
        return cls(
            feed=feed.name,
            kind=feed.kind,
            condition=state.condition,
            since=of_seconds(state.since_s),
            why=state.why,
            to_do=state.to_do,
            failures=state.failures,
            asked_at=shown(state.asked_s),
            answered_at=shown(state.answered_s),
            fresh_at=shown(state.fresh_s),
            age_s=None if state.fresh_s is None else max(0, now_s - state.fresh_s),
            every_s=feed.every_s,
            stale_after_s=feed.stale_after_s,
            provenance=ProvenanceView.of(feed.provenance),
            missing=tuple(
                MissingView(place=place, quantity=quantity)
                for place, quantity in state.missing(feed, now_s)
            ),
            values=tuple(ContextValueView.of_value(value) for value in values),
            remarks=state.remarks,
        )
