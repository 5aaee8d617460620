# SPDX-License-Identifier: Apache-2.0
"""Why a feed has nothing to say, and what somebody can do about it."""

from fusion_service.errors import FusionError

TEXT_MAX = 300
"""Characters of each sentence: what a stranger answers may stand in it."""


class FeedError(FusionError):
    """A feed could not be asked, or its answer is of no use.

    why: what was found, and what was wanted. to_do: what whoever reads it can do. wait_s: how long
    the server asks to be left alone, 0 where it says nothing of it.
    """

    def __init__(self, why: str, to_do: str, *, wait_s: float = 0.0) -> None:
        super().__init__(f"{why}; {to_do}")
        self.why, self.to_do, self.wait_s = _told(why), _told(to_do), wait_s


def _told(text: str) -> str:
    """Return a sentence without what steers a terminal, and not too long."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain if len(plain) <= TEXT_MAX else f"{plain[: TEXT_MAX - 2]}.."
