# SPDX-License-Identifier: Apache-2.0
"""Read what the surveyor says, and hold it to its bound. In another process than either end.

Neither a surveyor that lies nor a page that is broken into can lift it: what is over the bound is
dropped, here, and counted.
"""

from dataclasses import dataclass

from edge_agent.errors import RecordError
from edge_agent.operations.commission.record import RATE_HZ, Survey, unpack

BURST = 2
"""Records that may come at once, after a pause."""


@dataclass(slots=True)
class BoundedReader:
    """A bucket of records that fills at RATE_HZ a second."""

    admitted: int = 0
    dropped: int = 0
    """Over the bound."""
    refused: int = 0
    """Not what may be said."""
    frame_px: tuple[int, int] | None = None
    _tokens: float = float(BURST)
    _at_s: float | None = None

    def admit(self, raw: bytes, now_s: float) -> Survey | None:
        """Return what a record says, None where it is over the bound or says what may not be.

        now_s: by the reader's clock, never by the record.
        """
        if self._at_s is not None:
            self._tokens = min(float(BURST), self._tokens + RATE_HZ * (now_s - self._at_s))
        self._at_s = now_s
        if self._tokens < 1.0:
            self.dropped += 1
            return None
        # What is refused has used up its turn: else refusals would be free.
        self._tokens -= 1.0
        try:
            survey = unpack(raw)
            self._check(survey)
        except RecordError:
            self.refused += 1
            return None
        self.frame_px = survey.frame_px
        self.admitted += 1
        return survey

    def _check(self, survey: Survey) -> None:
        """Raise RecordError where the picture has another size than at first: it has one."""
        if self.frame_px is not None and survey.frame_px != self.frame_px:
            raise RecordError("survey: the picture's size has changed")
