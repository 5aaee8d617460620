# SPDX-License-Identifier: Apache-2.0
"""How the centre takes what this box sends, and how much may go before that is known. Pure.

A centre of an earlier version cannot read what this box signs: it keeps it as a dead letter, says
so in `rejected`, and the box would go on for ever. Such a centre answers in version 1, and one that
can read it in its own version. So an answer of version 1 that covers a message of a later one is a
rejection. Other rejections show in the answers' own count: all that was disposed of since something
was committed last was rejected.
"""

from dataclasses import dataclass, replace

from wire_contract.messages.acknowledgement import VERSION_1, Answer

REJECTED_MAX = 8
"""So many in a row, and the box holds the rest."""


@dataclass(frozen=True, slots=True)
class Reception:
    """What is kept of the answers, over restarts too.

    rejected counts messages in a row of which the centre could use none; unread: because it knows
    version 1 only. upto and known are what it had disposed of and rejected of the stream when it
    last could use something. sample is one message that it rejected.
    """

    stream: str = ""
    upto: int = 0
    known: int = 0
    rejected: int = 0
    unread: bool = False
    channel: str = ""
    sample: bytes = b""

    @property
    def holds(self) -> bool:
        """Whether nothing more is to go, but for a knock now and then."""
        return self.rejected >= REJECTED_MAX

    def heard(self, answer: Answer, *, covered: int) -> "Reception":
        """Return what is known after an answer.

        It covers so many waiting messages of a version later than 1.
        """
        if answer.v == VERSION_1:
            rejected = (self.rejected if self.unread else 0) + covered
            unread = self.unread or covered > 0
            now = replace(self, stream=answer.stream, upto=answer.upto, known=answer.rejected)
            return replace(now, rejected=rejected, unread=unread) if unread else now
        fresh = Reception(answer.stream, answer.upto, answer.rejected)
        disposed, more = answer.upto - self.upto, answer.rejected - self.known
        if self.unread or answer.stream != self.stream or more < 0 or disposed > more:
            return fresh
        return replace(self, rejected=more)

    @property
    def room(self) -> int:
        """How many messages may be under way while the centre has not shown that it can use them.

        Always the oldest that wait.

        So a box that starts again sends the same ones, and no more of them can be rejected.
        """
        return max(0, REJECTED_MAX - self.rejected)

    @property
    def words(self) -> str | None:
        """Why the box holds and what to do; None where it does not."""
        if not self.holds:
            return None
        if self.unread:
            return (
                "the centre knows version 1 of the wire only: it could use none of the last "
                f"{self.rejected} messages, and keeps them; the others wait here. Upgrade "
                "fusion-service, then run fusion-service store replay-dead-letters"
            )
        return (
            f"the centre could use none of the last {self.rejected} messages, and keeps them; the "
            "others wait here. fusion-service store dead-letters says why"
        )
