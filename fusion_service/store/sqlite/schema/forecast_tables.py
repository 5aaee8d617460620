# SPDX-License-Identifier: Apache-2.0
"""What was counted in quarters of an hour, what was forecast from it, and how good that was.

`forecast_series` is a zone of a site, or a line or zone of a counter. `forecast_day` has a UTC day
of a series: 96 means of quarters of an hour (float32, NaN where nothing is known), and no bytes
where the day was looked at and held nothing. `forecast_made` is one forecast of a site: from which
moment on (`origin_s`), in which steps, when it was made (`made_ms`), by which version of its model,
and what was missing. `forecast_said` is what it says of a series (store/forecast); `moved` the
same with what was declared, where that moves it. `forecast_warning` is how likely a level was said
to be, and whether it was warned of. `forecast_score` is how good a local day's forecasts were.
docs/FORECAST.md.
"""

TABLES = """
CREATE TABLE forecast_series (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    place TEXT NOT NULL,
    UNIQUE (site, place)
) STRICT;

CREATE TABLE forecast_day (
    series_id INTEGER NOT NULL REFERENCES forecast_series (id),
    day INTEGER NOT NULL,
    counts BLOB NOT NULL,
    PRIMARY KEY (series_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE forecast_made (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    step_s INTEGER NOT NULL,
    origin_s INTEGER NOT NULL,
    made_ms INTEGER NOT NULL,
    version INTEGER,
    missing TEXT NOT NULL,
    UNIQUE (site, step_s, origin_s)
) STRICT;
CREATE INDEX forecast_made_by_origin ON forecast_made (origin_s);

CREATE TABLE forecast_said (
    made_id INTEGER NOT NULL REFERENCES forecast_made (id),
    series_id INTEGER NOT NULL REFERENCES forecast_series (id),
    by_ratio INTEGER NOT NULL CHECK (by_ratio IN (0, 1)),
    said BLOB NOT NULL,
    moved BLOB,
    PRIMARY KEY (made_id, series_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE forecast_warning (
    site TEXT NOT NULL,
    origin_s INTEGER NOT NULL,
    level INTEGER NOT NULL,
    horizon_s INTEGER NOT NULL,
    zone TEXT NOT NULL,
    probability REAL NOT NULL,
    warned INTEGER NOT NULL CHECK (warned IN (0, 1)),
    PRIMARY KEY (site, origin_s, level, horizon_s)
) STRICT, WITHOUT ROWID;
CREATE INDEX forecast_warning_by_origin ON forecast_warning (origin_s);

CREATE TABLE forecast_score (
    site TEXT NOT NULL,
    day TEXT NOT NULL,
    places TEXT NOT NULL,
    horizon_s INTEGER NOT NULL,
    targets INTEGER NOT NULL,
    mae REAL,
    pinball REAL,
    coverage REAL,
    skill REAL,
    came INTEGER NOT NULL,
    hit INTEGER NOT NULL,
    false_episodes INTEGER NOT NULL,
    lead_s INTEGER,
    scored_ms INTEGER NOT NULL,
    PRIMARY KEY (site, day, places, horizon_s)
) STRICT, WITHOUT ROWID;
"""

STEP = TABLES
"""What brings a store of the version before to this one. It makes tables and changes none."""
