# SPDX-License-Identifier: Apache-2.0
"""Whether to believe that the centre holds less than it acknowledged before. Pure.

Rule 1: a step back is believed where another store says so, or where the same one says it twice,
not retained, STEP_BACK_S apart: what the broker kept, or sends again, may be out of date.
Rule 2: of two stores that both go on answering the one that holds more entries is believed, also
where entries are missing among them, so that a second centre takes nothing from the first.
Rule 3: a step forward is believed, but for a word that the broker kept of a store that has been
followed by another.
"""

from dataclasses import dataclass, replace

from edge_agent.store.heard import Heard
from wire_contract.messages.acknowledgement import Acknowledgement, Answer

STEP_BACK_S = 2.0
ALTERNATE_S = 600.0
"""A store that has been silent for so long is not one of two that alternate."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is believed of one stream, and what it takes to judge the next answer.

    Times are monotonic. in_charge_s: when the store in charge spoke last. holds: how many entries
    it said that it had, gaps or not. other: the store before it. doubt_s: when a step back was
    heard that is not believed yet. two_s: when two stores last contradicted each other.
    """

    heard: Heard
    in_charge_s: float | None = None
    holds: int = 0
    other: str = ""
    doubt_s: float | None = None
    two_s: float | None = None

    def after(self, answer: Answer, *, mark: int, now_s: float, retained: bool) -> "Hearing":
        """Return what is believed after an answer; `mark`: the most that was ever acknowledged."""
        before = self.heard
        store, held = before.store, answer.upto
        if isinstance(answer, Acknowledgement):
            store, held = answer.store, max(answer.held, answer.upto)
        is_other = before.store not in {store, ""}
        if retained and is_other and store == self.other:
            return self
        said = Heard(store, answer.upto, held, answer.root)
        alternates = is_other and not retained and store == self.other and self._is_alive(now_s)
        if alternates and held <= self.holds:
            return replace(self, two_s=now_s)
        at_s = self.in_charge_s if retained else now_s
        before_it = before.store if is_other else self.other
        changed = replace(
            self, heard=said, in_charge_s=at_s, holds=held, doubt_s=None, other=before_it
        )
        two_s = now_s if alternates else self.two_s
        if answer.upto >= (mark if before.upto is None else before.upto):
            return replace(changed, heard=_levelled(said, mark), two_s=two_s)
        if is_other:
            return replace(changed, two_s=two_s)
        named = isinstance(answer, Acknowledgement)
        return self if retained else self._doubting(changed, now_s, named=named)

    def _doubting(self, changed: "Hearing", now_s: float, *, named: bool) -> "Hearing":
        """Believe a step back of the same store when it says so again; version 1 names none."""
        if self.doubt_s is None:
            return replace(self, doubt_s=now_s, in_charge_s=now_s)
        if now_s - self.doubt_s < STEP_BACK_S:
            return self
        return changed if named else replace(changed, heard=replace(changed.heard, store=""))

    def alternates(self, now_s: float) -> bool:
        """Say whether two stores answer for this stream."""
        return self.two_s is not None and now_s - self.two_s < ALTERNATE_S

    def _is_alive(self, now_s: float) -> bool:
        return self.in_charge_s is not None and now_s - self.in_charge_s < ALTERNATE_S


def _levelled(said: Heard, mark: int) -> Heard:
    """Return a word that is no less than the mark as that of a level stream: without numbers."""
    return Heard(said.store) if said.upto is not None and said.upto >= mark else said
