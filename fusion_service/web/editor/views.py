# SPDX-License-Identifier: Apache-2.0
"""What somebody who draws a site is told."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from fusion_service.registry.site_edit.changes import Became, Change, Ended, Told
from fusion_service.registry.site_file.mistakes import Mistake
from fusion_service.registry.site_file.reading import MISTAKES_SHOWN
from fusion_service.registry.site_file.remarks import Remark
from fusion_service.web.form.instants import MillisecondsOut
from fusion_service.web.views.base import View


class MistakeView(View):
    """A mistake, and where it is.

    kind, id: of the table that it is in, both empty of the whole file. place: the keys below that,
    such as ["polygon", 2]. where: the same as the command writes it.
    """

    kind: str
    id: str
    place: tuple[int | str, ...]
    where: str
    got: str
    wanted: str
    remedy: str

    @classmethod
    def of_mistake(cls, mistake: Mistake, tree: Mapping[str, Any]) -> Self:
        """Show a mistake in a tree."""
        kind, number, *below = (*mistake.place, None, None)[: max(2, len(mistake.place))]
        item: object = None
        if isinstance(kind, str) and isinstance(number, int):
            listed: Sequence[object] = tree.get(kind, ())
            item = listed[number] if number < len(listed) else None
        found = item.get("id", "") if isinstance(item, Mapping) else ""
        return cls(
            kind=str(kind or ""),
            id=found if isinstance(found, str) else "",
            place=tuple(part for part in below if part is not None),
            where=mistake.key,
            got=mistake.got,
            wanted=mistake.wanted,
            remedy=mistake.remedy,
        )


class RemarkView(View):
    """What is odd and no mistake. about: in a word; text: as the command says it."""

    kind: str
    id: str
    about: str
    text: str


class KeyChangeView(View):
    """One key before and after: a border by its area (m2), a way by its length (m)."""

    key: str
    before: Told
    after: Told


class ChangeView(View):
    """What became of one table. was: what it was called, where it was renamed."""

    kind: str
    id: str
    became: Became
    keys: tuple[KeyChangeView, ...]
    was: str

    @classmethod
    def of_change(cls, change: Change) -> Self:
        """Show a change."""
        return cls.model_validate(change)


class EndedView(View):
    """A zone or link whose numbers go no further under its name."""

    kind: str
    id: str
    now: str
    counted_by: tuple[str, ...]

    @classmethod
    def of_ended(cls, ended: Ended) -> Self:
        """Show one."""
        return cls.model_validate(ended)


class CheckView(View):
    """What a drawing would come to. Nothing is written.

    is_kept: all that was not drawn anew keeps its bytes; else the whole file is written anew, and
    its comments are lost.
    """

    mistakes: tuple[MistakeView, ...]
    mistakes_more: int
    remarks: tuple[RemarkView, ...]
    changes: tuple[ChangeView, ...]
    histories_ended: tuple[EndedView, ...]
    is_kept: bool

    @classmethod
    def of_check(
        cls,
        tree: Mapping[str, Any],
        *,
        mistakes: Sequence[Mistake],
        remarks: Sequence[Remark],
        changes: Sequence[Change],
        ended: Sequence[Ended],
        is_kept: bool,
    ) -> Self:
        """Show what a check came to."""
        return cls(
            mistakes=tuple(MistakeView.of_mistake(one, tree) for one in mistakes[:MISTAKES_SHOWN]),
            mistakes_more=max(0, len(mistakes) - MISTAKES_SHOWN),
            remarks=tuple(RemarkView.of(one) for one in remarks),
            changes=tuple(map(ChangeView.of_change, changes)),
            histories_ended=tuple(map(EndedView.of_ended, ended)),
            is_kept=is_kept,
        )


class VersionView(View):
    """One version. by, organisation, reason: of the access log; null where it has none (now)."""

    version: int
    at: MillisecondsOut
    bytes: int
    by: str | None
    organisation: str | None
    reason: str | None


class VersionsView(View):
    """A site's versions, the newest first; `next`: the cursor of the page after."""

    items: tuple[VersionView, ...]
    next: str | None
