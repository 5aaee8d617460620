# SPDX-License-Identifier: Apache-2.0
"""Who may see the centre, and the log of it.

`person` and `access_key` are whoever may get in; of a password, a key, a recovery code and a
session a hash is kept. A person who was erased is a row without a name: by whom and when stands in
it. `scope` is `*`, or sites and zones (`beach`, `beach/pier`) with spaces between.

`access_entry` is the log, each row's hash over the one before: ids and words only. `access_text`
has the names, addresses and comments of an entry; one that is erased has neither content nor salt,
and its commitment, which the entry's hash covers, stays. docs/ACCESS.md.
"""

TABLES = """
CREATE TABLE person (
    id TEXT PRIMARY KEY,
    login TEXT,
    role TEXT NOT NULL,
    organisation TEXT NOT NULL,
    scope TEXT NOT NULL,
    language TEXT NOT NULL,
    password TEXT,
    totp BLOB,
    totp_step INTEGER NOT NULL DEFAULT 0,
    recovery BLOB NOT NULL DEFAULT x'',
    added_ms INTEGER NOT NULL,
    opened_ms INTEGER,
    disabled_ms INTEGER,
    erased_ms INTEGER,
    erased_by TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX person_by_login ON person (login) WHERE disabled_ms IS NULL;

CREATE TABLE access_key (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
    role TEXT NOT NULL,
    organisation TEXT NOT NULL,
    scope TEXT NOT NULL,
    added_ms INTEGER NOT NULL,
    ends_ms INTEGER,
    revoked_ms INTEGER,
    used_ms INTEGER,
    paired_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
    person_id TEXT REFERENCES person (id),
    key_id TEXT REFERENCES access_key (id),
    begun_ms INTEGER NOT NULL,
    used_ms INTEGER NOT NULL,
    ends_ms INTEGER NOT NULL,
    idle_ms INTEGER NOT NULL,
    CHECK ((person_id IS NULL) <> (key_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_person ON session (person_id);
CREATE INDEX session_by_key ON session (key_id);

CREATE TABLE access_entry (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    object TEXT NOT NULL,
    organisation TEXT NOT NULL,
    retention TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE access_text (
    entry_id INTEGER NOT NULL REFERENCES access_entry (id),
    field TEXT NOT NULL,
    commitment BLOB NOT NULL UNIQUE CHECK (length(commitment) = 32),
    salt BLOB,
    content TEXT,
    erased_ms INTEGER,
    erased_by TEXT,
    PRIMARY KEY (entry_id, field)
) STRICT, WITHOUT ROWID;
"""

STEP = TABLES
"""What brings a store of the version before to this one."""
