# SPDX-License-Identifier: Apache-2.0
"""What is kept of a device besides its row: the keys and names that it had, and what became of it.

`stream.former_key` says which key signed a stream, NULL for the device's own.
`former_name.left_ms` is set once the device was heard under its own name again: from then on what
the broker retained under the old one says nothing of its connection.
"""

TABLES = """
CREATE TABLE former_key (
    id INTEGER PRIMARY KEY,
    device_id INTEGER NOT NULL REFERENCES device (id),
    public_key BLOB NOT NULL CHECK (length(public_key) = 32),
    until_ms INTEGER NOT NULL,
    refused INTEGER NOT NULL CHECK (refused IN (0, 1))
) STRICT;

CREATE TABLE former_name (
    site TEXT NOT NULL,
    name TEXT NOT NULL,
    device_id INTEGER NOT NULL REFERENCES device (id),
    until_ms INTEGER NOT NULL,
    left_ms INTEGER,
    PRIMARY KEY (site, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE device_event (
    id INTEGER PRIMARY KEY,
    device_id INTEGER NOT NULL REFERENCES device (id),
    at_ms INTEGER NOT NULL,
    event TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX device_event_by_device ON device_event (device_id, id);
"""

STEP = f"""
ALTER TABLE device ADD COLUMN retired_ms INTEGER;
ALTER TABLE stream ADD COLUMN former_key INTEGER REFERENCES former_key (id);
{TABLES}"""
"""What brings a store of the version before to this one."""
