# SPDX-License-Identifier: Apache-2.0
"""Counters of others as they stand, and what became of what they send."""

from typing import Self

from fusion_service.registry.site import CountSource, TrustClass
from fusion_service.registry.source import PrivacyClass, SourceKind, Technology
from fusion_service.store.sources import SourceRow
from fusion_service.web.form.instants import MillisecondsOut, of_milliseconds
from fusion_service.web.views.base import View


class PrivacyView(View):
    """What was declared of how a source treats people."""

    method: str
    controller: str
    legal_ground: str


class CountSourceView(View):
    """A counter of others, or a person who looks: never a box of ours.

    What the site's file in force says of it is null where it does not name it. privacy_colour: red
    where it follows what people carry. refused: how many of its messages were of no use.
    """

    site: str
    source: str
    in_service: bool
    kind: SourceKind | None
    technology: Technology | None
    trust: TrustClass | None
    provenance: str | None
    licence: str | None
    privacy_class: PrivacyClass | None
    privacy_colour: str | None
    privacy: PrivacyView | None
    added: MillisecondsOut
    last_heard: MillisecondsOut | None
    refused: int
    last_refusal: str | None

    @classmethod
    def of_both(cls, row: SourceRow, drawn: CountSource | None) -> Self:
        """Show a source as it is kept, and as the site's file has it."""
        declared = None if drawn is None or drawn.privacy is None else drawn.privacy
        return cls(
            site=row.site,
            source=row.name,
            in_service=row.retired_ms is None,
            kind=None if drawn is None else drawn.kind,
            technology=None if drawn is None else drawn.technology,
            trust=None if drawn is None else drawn.trust,
            provenance=None if drawn is None else drawn.provenance,
            licence=None if drawn is None else drawn.licence,
            privacy_class=None if drawn is None else drawn.privacy_class,
            privacy_colour=None if drawn is None else drawn.privacy_colour,
            privacy=None if declared is None else PrivacyView.of(declared),
            added=of_milliseconds(row.added_ms),
            last_heard=None if row.last_ms is None else of_milliseconds(row.last_ms),
            refused=row.refused,
            last_refusal=row.last_refusal,
        )


class TakenView(View):
    """What became of a message: counts that are new, revised, or were said before.

    unknown: names in it that the site's file does not know; nothing of them is kept.
    """

    new: int
    revised: int
    repeated: int
    unknown: tuple[str, ...]
