# SPDX-License-Identifier: Apache-2.0
"""What a client sees of access."""

from typing import Self

from fusion_service.access.roles import RIGHTS, Identity
from fusion_service.ledger.access_log import Entry, Text
from fusion_service.web.form.instants import MillisecondsOut, of_milliseconds
from fusion_service.web.views.base import View


class SessionView(View):
    """Who one is here. page_token: what changes ask for beside the cookie; none of a key."""

    name: str
    is_person: bool
    role: str
    rights: tuple[str, ...]
    scope: tuple[str, ...]
    organisation: str
    language: str
    page_token: str | None

    @classmethod
    def of_identity(cls, who: Identity, *, page_token: str | None) -> Self:
        """Show an identity."""
        return cls(
            name=who.name,
            is_person=who.is_person,
            role=who.role,
            rights=tuple(sorted(RIGHTS[who.role])),
            scope=tuple(sorted(who.scope.places)),
            organisation=who.organisation,
            language=who.language,
            page_token=page_token,
        )


class EntryTextView(View):
    """A text of an entry, or the tombstone of one."""

    field: str
    content: str | None
    erased_at: MillisecondsOut | None
    erased_by: str | None

    @classmethod
    def of_text(cls, text: Text) -> Self:
        """Show a text."""
        erased_ms = text.erased_ms
        return cls(
            field=text.field,
            content=text.content,
            erased_at=None if erased_ms is None else of_milliseconds(erased_ms),
            erased_by=text.erased_by,
        )


class EntryView(View):
    """An entry of the access log."""

    id: int
    at: MillisecondsOut
    actor: str
    action: str
    outcome: str
    object: str
    organisation: str
    retention: str
    hash: str
    texts: tuple[EntryTextView, ...]

    @classmethod
    def of_entry(cls, entry: Entry) -> Self:
        """Show an entry."""
        return cls(
            id=entry.id,
            at=of_milliseconds(entry.at_ms),
            actor=entry.actor,
            action=entry.action,
            outcome=entry.outcome,
            object=entry.object,
            organisation=entry.organisation,
            retention=entry.retention,
            hash=entry.hash.hex(),
            texts=tuple(EntryTextView.of_text(one) for one in entry.texts),
        )
