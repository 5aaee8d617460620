# SPDX-License-Identifier: Apache-2.0
"""An action: what a process can change and another might see, a bit in every slot.

`prepare` comes before the last lock, as a trojan in a library would come; `act` comes behind it.
What the kernel refuses raises. Rule: an action leaves things as it found them within a slot or two,
and changes nothing of the machine but in the audit's folder. Each receiver is shown every slot;
`showing` counts the slots of all of them.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable

from privacy_audit.pairs.means.hands import Hands


class Action(ABC):
    """One way to show a bit. ends_by: the call at which the lock ends the process.

    Then the witness asks the filter instead.
    """

    ends_by = ""
    turn = 0
    """In which half of a trial it acts: what would hide another action acts in the second."""

    def __init__(self, name: str) -> None:
        self.name = name

    def prepare(self, hands: Hands) -> None:
        """Make what is needed, before the lock."""
        self._hands = hands

    @abstractmethod
    def act(self, bit: int, showing: int) -> None:
        """Show the bit of this slot.

        Raises OSError, RuntimeError or ValueError where it is refused.
        """


class Doing(Action):
    """An action of two plain steps: what is done at 1 and at 0, after one step before the lock."""

    def __init__(
        self,
        name: str,
        act: Callable[[Hands, int], object],
        *,
        prepare: Callable[[Hands], object] | None = None,
        ends_by: str = "",
        turn: int = 0,
    ) -> None:
        super().__init__(name)
        self._act, self._prepare = act, prepare
        self.turn = turn
        self.ends_by = ends_by

    def prepare(self, hands: Hands) -> None:
        """Make ready what is needed, before the lock."""
        self._hands = hands
        if self._prepare is not None:
            self._prepare(hands)

    def act(self, bit: int, showing: int) -> None:  # noqa: ARG002 - the same for each showing
        """Show the bit of this slot."""
        self._act(self._hands, bit)


class OnFile(Action):
    """Do something to a descriptor that was opened before the lock."""

    def __init__(
        self,
        name: str,
        act: Callable[[Hands, int, int], object],
        *,
        flags: int = os.O_RDONLY,
        other: str | None = None,
    ) -> None:
        super().__init__(name)
        self._act, self._flags, self._other = act, flags, other

    def prepare(self, hands: Hands) -> None:
        """Make ready what is needed, before the lock."""
        self._hands = hands
        path = (
            hands.places.shared if self._other is None else f"{hands.places.folder}/{self._other}"
        )
        try:
            self._opened = os.open(path, self._flags)
        except OSError:
            self._opened = os.open(path, os.O_RDONLY)

    def act(self, bit: int, showing: int) -> None:  # noqa: ARG002 - the same for each showing
        """Show the bit of this slot."""
        self._act(self._hands, self._opened, bit)
