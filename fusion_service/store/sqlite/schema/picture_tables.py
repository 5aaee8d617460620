# SPDX-License-Identifier: Apache-2.0
"""What the picture of a site stands on: its file's versions, other sources, and estimates.

`site_plan` keeps each version of a site's file as it was imported; the highest is in force.
`source` is a counter of others, `source_count` what it said; an answer that comes again for the
same time takes the place of the one before, which `revision` counts.

`estimate` has a row for each time that a zone's number was worked out: `at_s` is the moment it is
about, `known_ms` when it was known. The highest `known_ms` is what is known now, the highest before
a moment what was known then. `detail` is what it stands on, JSON. `fusion_memory` is what fusion
had learnt of a site by a moment, so that a restart goes on from there.
"""

TABLES = """
CREATE TABLE site_plan (
    site TEXT NOT NULL,
    version INTEGER NOT NULL,
    content TEXT NOT NULL,
    imported_ms INTEGER NOT NULL,
    PRIMARY KEY (site, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    name TEXT NOT NULL,
    key_sha256 BLOB CHECK (length(key_sha256) = 32),
    added_ms INTEGER NOT NULL,
    last_ms INTEGER,
    refused INTEGER NOT NULL DEFAULT 0,
    last_refusal TEXT,
    retired_ms INTEGER,
    UNIQUE (site, name)
) STRICT;

CREATE TABLE source_count (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES source (id),
    counter TEXT NOT NULL,
    start_s INTEGER NOT NULL,
    length_s INTEGER NOT NULL,
    people REAL,
    entered REAL,
    gone REAL,
    low REAL,
    high REAL,
    colour TEXT,
    revision INTEGER NOT NULL DEFAULT 0,
    received_ms INTEGER NOT NULL,
    UNIQUE (source_id, counter, start_s)
) STRICT;

CREATE TABLE estimate (
    site TEXT NOT NULL,
    zone TEXT NOT NULL,
    at_s INTEGER NOT NULL,
    known_ms INTEGER NOT NULL,
    people REAL NOT NULL,
    low_50 REAL NOT NULL,
    high_50 REAL NOT NULL,
    low_80 REAL NOT NULL,
    high_80 REAL NOT NULL,
    low_95 REAL NOT NULL,
    high_95 REAL NOT NULL,
    density REAL NOT NULL,
    trend REAL NOT NULL,
    basis TEXT NOT NULL,
    condition TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (site, zone, at_s, known_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX estimate_by_time ON estimate (at_s);
CREATE INDEX estimate_by_known ON estimate (site, known_ms);

CREATE TABLE fusion_memory (
    site TEXT PRIMARY KEY,
    at_s INTEGER NOT NULL,
    site_version INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE exercise (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    scenario TEXT NOT NULL,
    started_ms INTEGER NOT NULL
) STRICT;
"""

STEP = TABLES
"""What brings a store of the version before to this one."""
