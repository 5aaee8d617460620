# SPDX-License-Identifier: Apache-2.0
"""Meeting at a page of a file that both can read.

A futex there that is not private is the same one for both.
"""

import ctypes
import os
import struct
import threading
import time
from typing import TYPE_CHECKING

from privacy_audit.pairs.means.action import Action
from privacy_audit.pairs.means.hands import Hands

if TYPE_CHECKING:
    from collections.abc import Callable

FUTEX_WAIT, FUTEX_WAKE, FUTEX_REQUEUE, FUTEX_WAKE_OP, FUTEX_WAKE_BITSET = 0, 1, 3, 5, 10
FUTEX2_SIZE_U32 = 0x02
ALL = 0x7FFFFFFF
WOKEN_BY = ("FUTEX_WAKE", "FUTEX_WAKE_BITSET", "FUTEX_WAKE_OP", "futex_wake", "FUTEX_REQUEUE")
WAITED_ON, WAITED_ON_TOO = 64, 68
"""Offsets of the words on the shared page: the first ones are waited on by the receiver, these by
the sender."""
_WAIT_S = struct.pack("qq", 0, 2_000_000)


class Wakes(Action):
    """Wake whoever waits on a page of a file that both can read."""

    def __init__(self, form: str) -> None:
        super().__init__(f"futex: {form}")
        self._form, self._offset = form, 4 * WOKEN_BY.index(form)

    def prepare(self, hands: Hands) -> None:
        """Make ready what is needed, before the lock."""
        self._hands, self._at = hands, hands.map_page(hands.places.shared) + self._offset

    def act(self, bit: int, showing: int) -> None:  # noqa: ARG002 - the same for each showing
        """Show the bit of this slot."""
        call, at, own = self._hands.call, self._at, self._hands.scratch
        wake: dict[str, Callable[[], int]] = {
            "FUTEX_WAKE": lambda: call("futex", at, FUTEX_WAKE, ALL, None, None, 0),
            "FUTEX_WAKE_BITSET": lambda: call("futex", at, FUTEX_WAKE_BITSET, ALL, None, None, ALL),
            "FUTEX_WAKE_OP": lambda: call("futex", at, FUTEX_WAKE_OP, ALL, 1, own, 0),
            "FUTEX_REQUEUE": lambda: call("futex", at, FUTEX_REQUEUE, ALL, 0, at, 0),
            "futex_wake": lambda: call("futex_wake", at, 0xFFFFFFFF, ALL, FUTEX2_SIZE_U32),
        }
        if bit:
            wake[self._form]()


class Waits(Action):
    """Wait on a page of a file that both can read, on a thread of its own.

    A waker learns whether anybody waits.
    """

    def __init__(self) -> None:
        super().__init__("futex: FUTEX_WAIT")
        self._bit, self._refused = 0, 0

    def prepare(self, hands: Hands) -> None:
        """Make ready what is needed, before the lock."""
        self._hands, self._page = hands, hands.map_page(hands.places.shared)
        for offset in (WAITED_ON, WAITED_ON_TOO):
            threading.Thread(target=self._wait, args=(self._page + offset,), daemon=True).start()

    def act(self, bit: int, showing: int) -> None:  # noqa: ARG002 - the same for each showing
        """Show the bit of this slot."""
        self._bit = bit
        if self._refused:
            raise OSError(self._refused, os.strerror(self._refused))

    def _wait(self, at: int) -> None:
        value = ctypes.c_uint32.from_address(at).value
        while True:
            if not self._bit:
                time.sleep(0.001)
                continue
            try:
                self._hands.call("futex", at, FUTEX_WAIT, value, _WAIT_S, None, 0)
            except OSError as error:
                if error.errno not in {11, 110, 4}:
                    self._refused = error.errno or 1
                    time.sleep(0.005)
