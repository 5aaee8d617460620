# SPDX-License-Identifier: Apache-2.0
"""How a locked process hears that it is to end: by a descriptor, and not by a handler.

A handler ends with a call that sets the thread's signal mask to whatever its stack says, and
/proc/PID/status shows that mask to all. So no handler runs after the lock, and every call that
changes a mask is refused.
"""

import os
import signal

from edge_agent.confinement.kernel.calls import Kernel

DESCRIPTOR = "anon_inode:[signalfd]"
"""What the descriptor leads to, as /proc names it."""
_NON_BLOCKING = os.O_NONBLOCK | os.O_CLOEXEC
_SIGNALS = {signal.SIGTERM}
_INFO_BYTES = 128  # struct signalfd_siginfo


def hold_back() -> None:
    """Let no thread of this process be ended by SIGTERM. Must run while there is one thread."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


class Stop:
    """The word to end.

    Whoever started the process says it with SIGTERM; SIGINT, which a terminal says to all, is not
    for us.
    """

    def __init__(self) -> None:
        """Open the descriptor, before the lock. What was said since `hold_back` is heard."""
        hold_back()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        mask = sum(1 << number - 1 for number in _SIGNALS).to_bytes(8, "little")
        self.descriptor = Kernel().demand(
            "the word to end", "signalfd4", -1, mask, len(mask), _NON_BLOCKING
        )
        self._heard = False

    def heard(self) -> bool:
        """Say whether the word has come; it does not wait, and once it has come it stays."""
        if not self._heard:
            try:
                self._heard = os.read(self.descriptor, _INFO_BYTES) != b""
            except BlockingIOError:
                return False
        return self._heard
