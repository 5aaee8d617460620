# SPDX-License-Identifier: Apache-2.0
"""The tables and their version.

`entry` is what the acknowledgement stands on: one row for each sequence that is disposed of,
whatever became of it. `report` has the same id as its entry. Counts that a disclosure rule withheld
are NULL and stay NULL, and so are the ends of intervals of reports from before version 3. `gap`
holds what is missing under the highest sequence of a stream.

A stream's tree (wire_contract/merkle.py): `entry.hashes` is the hash of the entry's leaf and, once
everything before it is there, of the full subtrees that end with it; `stream.frontier` is the
frontier at `upto`. Both are NULL in a stream that began under version 1.

`stream.version` is the version of the wire in which the box spoke of the stream last.
`identity.store` names this store in acknowledgements: drawn when the store is made, and anew where
a copy is put back.

`report.set_apart` names why a report is in no sum (store/apart.py), `report.overlaps` says that one
committed before has some of the same time, and whether it is of the same boot. Both are written
with the commit. `device.last_report` is what the device signed last.

`restored` has a row for each time that this store was put back from a copy; `stream.restores`
counts those after which the stream was level again. `sign` holds acknowledgements that the broker
kept and that go beyond what is here, `claim` what boxes signed of runs that they purged, `lost`
what is missing for good and why, and `anchor` those hashes of a tree that end in such a run and
that no entry gives (store/losses.py). `retired` has a row where this store was moved, under its
own name, into the copy named there.

`device_tables` has the tables of what became of each device, `picture_tables` those of a site, of
other sources and of estimates, `access_tables` those of who may see them, `context_tables` those of
what feeds of others said, `shift_tables` those of alarms, levels and measures,
`forecast_tables` those of what was forecast, `audit_tables` that of signed audits.
"""

from fusion_service.store.sqlite.schema.access_tables import TABLES as ACCESS_TABLES
from fusion_service.store.sqlite.schema.audit_tables import TABLES as AUDIT_TABLES
from fusion_service.store.sqlite.schema.context_tables import TABLES as CONTEXT_TABLES
from fusion_service.store.sqlite.schema.device_tables import TABLES as DEVICE_TABLES
from fusion_service.store.sqlite.schema.forecast_tables import TABLES as FORECAST_TABLES
from fusion_service.store.sqlite.schema.picture_tables import TABLES as PICTURE_TABLES
from fusion_service.store.sqlite.schema.shift_tables import TABLES as SHIFT_TABLES

APPLICATION_ID = 0x70634655
"""`pcFU`: tells this file from another program's database."""
SCHEMA_VERSION = 14
PAGE_BYTES = 4096

SCHEMA = f"""
CREATE TABLE identity (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    store TEXT NOT NULL
) STRICT;

CREATE TABLE site (
    name TEXT PRIMARY KEY,
    test INTEGER NOT NULL CHECK (test IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL REFERENCES site (name),
    name TEXT NOT NULL,
    public_key BLOB NOT NULL CHECK (length(public_key) = 32),
    added_ms INTEGER NOT NULL,
    last_seen_ms INTEGER,
    reports INTEGER NOT NULL DEFAULT 0,
    link TEXT,
    link_boot TEXT,
    link_ms INTEGER,
    late INTEGER NOT NULL DEFAULT 0,
    lost_ms INTEGER,
    last_report INTEGER,
    retired_ms INTEGER,
    UNIQUE (site, name)
) STRICT;

CREATE TABLE stream (
    id INTEGER PRIMARY KEY,
    device_id INTEGER NOT NULL REFERENCES device (id),
    uuid TEXT NOT NULL,
    upto INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    last_ms INTEGER NOT NULL,
    frontier BLOB,
    missing INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    former_key INTEGER REFERENCES former_key (id),
    restores INTEGER NOT NULL DEFAULT 0,
    UNIQUE (device_id, uuid)
) STRICT;

CREATE TABLE restored (
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE retired (
    copy TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE sign (
    site TEXT NOT NULL,
    device TEXT NOT NULL,
    stream TEXT NOT NULL,
    upto INTEGER NOT NULL,
    store TEXT NOT NULL,
    seen_ms INTEGER NOT NULL,
    PRIMARY KEY (site, device, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE claim (
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    sequence INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    payload BLOB NOT NULL,
    verdict TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (stream_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE lost (
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    why TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (stream_id, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE anchor (
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    sequence INTEGER NOT NULL,
    level INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (stream_id, sequence, level)
) STRICT, WITHOUT ROWID;

CREATE TABLE gap (
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (stream_id, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    sequence INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    hashes BLOB,
    UNIQUE (stream_id, sequence)
) STRICT;

CREATE TABLE checkpoint (
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    note BLOB NOT NULL,
    verdict TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (stream_id, size, root)
) STRICT, WITHOUT ROWID;

CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    committed_ms INTEGER
) STRICT;

CREATE TABLE report (
    id INTEGER PRIMARY KEY REFERENCES entry (id),
    device_id INTEGER NOT NULL REFERENCES device (id),
    batch_id INTEGER NOT NULL REFERENCES batch (id),
    start_s INTEGER NOT NULL,
    length_s INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    late INTEGER NOT NULL CHECK (late IN (0, 1)),
    level TEXT NOT NULL,
    clock TEXT NOT NULL,
    clock_quality TEXT NOT NULL,
    config_sha256 TEXT NOT NULL,
    rule TEXT NOT NULL,
    rule_parameters TEXT NOT NULL,
    quality_code INTEGER NOT NULL,
    quality_observed INTEGER NOT NULL,
    quality_rate INTEGER NOT NULL,
    quality_difficulty INTEGER NOT NULL,
    temperature INTEGER NOT NULL,
    disk INTEGER NOT NULL,
    outbox INTEGER NOT NULL,
    link INTEGER NOT NULL,
    boot TEXT,
    set_apart TEXT,
    overlaps TEXT
) STRICT;
CREATE INDEX report_by_start ON report (device_id, start_s, length_s, clock);
CREATE INDEX report_late ON report (id) WHERE late;
CREATE INDEX report_set_apart ON report (id) WHERE set_apart IS NOT NULL;

CREATE TABLE line_count (
    report_id INTEGER NOT NULL REFERENCES report (id),
    line TEXT NOT NULL,
    in_count INTEGER,
    out_count INTEGER,
    in_low INTEGER,
    in_high INTEGER,
    out_low INTEGER,
    out_high INTEGER,
    PRIMARY KEY (report_id, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE zone_count (
    report_id INTEGER NOT NULL REFERENCES report (id),
    zone TEXT NOT NULL,
    mean INTEGER,
    peak INTEGER,
    speed INTEGER NOT NULL,
    standing INTEGER NOT NULL,
    mean_low INTEGER,
    mean_high INTEGER,
    peak_low INTEGER,
    peak_high INTEGER,
    PRIMARY KEY (report_id, zone)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
    device_id INTEGER PRIMARY KEY REFERENCES device (id),
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    sequence INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;

CREATE TABLE dead_letter (
    id INTEGER PRIMARY KEY,
    authentic INTEGER NOT NULL CHECK (authentic IN (0, 1)),
    site TEXT NOT NULL,
    device TEXT NOT NULL,
    channel TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    length INTEGER NOT NULL,
    head BLOB NOT NULL,
    payload BLOB,
    times INTEGER NOT NULL DEFAULT 1,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    UNIQUE (sha256, site, device, channel, reason)
) STRICT;
CREATE INDEX dead_letter_by_kind ON dead_letter (authentic);

CREATE TABLE outcome_count (
    channel TEXT NOT NULL,
    outcome TEXT NOT NULL,
    total INTEGER NOT NULL,
    PRIMARY KEY (channel, outcome)
) STRICT, WITHOUT ROWID;

CREATE TABLE store_count (
    name TEXT PRIMARY KEY,
    total INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
{DEVICE_TABLES}{PICTURE_TABLES}{ACCESS_TABLES}{CONTEXT_TABLES}{SHIFT_TABLES}{FORECAST_TABLES}
{AUDIT_TABLES}"""
