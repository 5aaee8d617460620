# SPDX-License-Identifier: Apache-2.0
"""What the uplink has to say to whoever looks after the box.

One sentence a subject, kept while it is true.

`edge-agent doctor` reads them. They never leave the box. Written only when something changes, so
that a quiet link costs no wear.
"""

from collections.abc import Callable
from dataclasses import astuple
from enum import StrEnum
from pathlib import Path

from edge_agent.store.sqlite_file import StoreFile
from edge_agent.uplink.heard.reception import Reception

BYTES_MAX = 131_072
_SCHEMA = """
CREATE TABLE IF NOT EXISTS note (
  subject TEXT PRIMARY KEY, since_s INTEGER NOT NULL, text TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reception (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1), stream TEXT NOT NULL, upto INTEGER NOT NULL,
  known INTEGER NOT NULL, rejected INTEGER NOT NULL, unread INTEGER NOT NULL,
  channel TEXT NOT NULL, sample BLOB NOT NULL
);
"""


class NoteSubject(StrEnum):
    """What a note may be about. Closed: there is a row for each at most."""

    LINK = "link"
    """Why there is no connection."""
    CENTRE = "centre"
    """The centre says that it is offline."""
    SILENT = "silent"
    """The broker takes what is published, and the centre does not acknowledge it."""
    REJECTED = "rejected"
    """The centre could use none of the last messages, so the others wait here."""
    BROKER = "broker"
    """A signed config was refused, or leads to a broker that is not good for this box."""
    BEHIND = "behind"
    """The centre holds less than it acknowledged: its store was put back from a copy, or lost."""
    CENTRES = "two centres"
    """Two stores acknowledge what this box sends."""
    CERTIFICATE = "certificate"
    """A renewed certificate will not do."""


class Notes(StoreFile):
    """The file of notes.

    utc_s reads the box's clock: a note's time is to be read and not to be ordered by.
    """

    def __init__(self, path: Path, utc_s: Callable[[], float]) -> None:
        super().__init__(path, _SCHEMA, bytes_max=BYTES_MAX, private=False)
        self._utc_s = utc_s
        with self.closed_on_failure():
            self._known: dict[str, str] = dict(self.rows("SELECT subject, text FROM note"))

    def reception(self) -> Reception:
        """Return how the centre took what was sent, as it was kept last."""
        row = self.row(
            "SELECT stream, upto, known, rejected, unread, channel, sample FROM reception"
        )
        if row is None:
            return Reception()
        stream, upto, known, rejected, unread, channel, sample = row
        return Reception(stream, upto, known, rejected, bool(unread), channel, sample)

    def keep(self, reception: Reception) -> None:
        """Keep how the centre takes what is sent: a restart must not let go eight more."""
        self.change(
            "INSERT OR REPLACE INTO reception VALUES (1, ?, ?, ?, ?, ?, ?, ?)", astuple(reception)
        )

    def say(self, subject: NoteSubject, text: str | None) -> bool:
        """Keep a sentence, or with None drop the one that was kept.

        Return whether that is news.
        """
        if self._known.get(subject) == text:
            return False
        if text is None:
            self.change("DELETE FROM note WHERE subject = ?", (subject,))
            del self._known[subject]
        else:
            self.change(
                "INSERT OR REPLACE INTO note VALUES (?, ?, ?)",
                (subject, int(self._utc_s()), text),
            )
            self._known[subject] = text
        return True
