# SPDX-License-Identifier: Apache-2.0
"""What feeds of others said, each value with when it was known.

`context_series` is a feed's quantity at a place, in its unit. `context_value` has a row for each
time that what was said of a moment changed: `valid_s` is when it is of (its beginning, `length_s`
long), `issued_s` when its source said it, `known_s` when it came here. The highest `known_s` is
what is known now, the highest up to a moment what was known then. `amount` is 0 where it was
withdrawn. `context_missing` has from when until when what a feed gives was missing: whoever
forecast then did without. A place that is empty stands for each of them.
"""

TABLES = """
CREATE TABLE context_series (
    id INTEGER PRIMARY KEY,
    feed TEXT NOT NULL,
    place TEXT NOT NULL,
    quantity TEXT NOT NULL,
    unit TEXT NOT NULL,
    UNIQUE (feed, place, quantity)
) STRICT;

CREATE TABLE context_value (
    series_id INTEGER NOT NULL REFERENCES context_series (id),
    valid_s INTEGER NOT NULL,
    known_s INTEGER NOT NULL,
    issued_s INTEGER NOT NULL,
    length_s INTEGER NOT NULL,
    amount REAL NOT NULL,
    quality TEXT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (series_id, valid_s, known_s)
) STRICT, WITHOUT ROWID;
CREATE INDEX context_value_by_known ON context_value (known_s);

CREATE TABLE context_missing (
    series_id INTEGER NOT NULL REFERENCES context_series (id),
    from_s INTEGER NOT NULL,
    until_s INTEGER,
    PRIMARY KEY (series_id, from_s)
) STRICT, WITHOUT ROWID;
"""

STEP = TABLES
"""What brings a store of the version before to this one."""
