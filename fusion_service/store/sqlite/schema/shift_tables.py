# SPDX-License-Identifier: Apache-2.0
"""The shift: what was seen, decided and done, and how far others were told of it.

`shift_entry` is the log, each row's hash over the one before: ids, words, times and numbers.
`detail` is JSON of words and numbers. `shift_text` has the names, reasons and comments of an entry,
as `access_text` has those of the access log, and is erased in the same way. What is open now is not
kept: it follows from the entries. `shift_outlet` says up to which entry each outlet has told.
docs/SHIFT.md.
"""

TABLES = """
CREATE TABLE shift_entry (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    site TEXT NOT NULL,
    actor TEXT NOT NULL,
    deed TEXT NOT NULL,
    organisation TEXT NOT NULL,
    zone TEXT NOT NULL,
    alarm INTEGER,
    detail TEXT NOT NULL,
    retention TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX shift_entry_by_site ON shift_entry (site, id);
CREATE INDEX shift_entry_by_alarm ON shift_entry (alarm) WHERE alarm IS NOT NULL;

CREATE TABLE shift_text (
    entry_id INTEGER NOT NULL REFERENCES shift_entry (id),
    field TEXT NOT NULL,
    commitment BLOB NOT NULL UNIQUE CHECK (length(commitment) = 32),
    salt BLOB,
    content TEXT,
    erased_ms INTEGER,
    erased_by TEXT,
    PRIMARY KEY (entry_id, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE shift_outlet (
    name TEXT PRIMARY KEY,
    upto INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    fault TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
"""

STEP = TABLES
"""What brings a store of the version before to this one. It makes tables and changes none."""
