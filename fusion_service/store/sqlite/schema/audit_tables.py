# SPDX-License-Identifier: Apache-2.0
"""Signed audits of boxes.

`audit` has the signed file as it came, when the audit began and was brought in, and who signed it:
the name that fusion.toml gives the key. It hangs on the box, whatever the box is called.
docs/OFFICER.md.
"""

TABLES = """
CREATE TABLE audit (
    device_id INTEGER NOT NULL REFERENCES device (id),
    began_ms INTEGER NOT NULL,
    imported_ms INTEGER NOT NULL,
    auditor TEXT NOT NULL,
    brought_by TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (device_id, began_ms)
) STRICT;
"""

STEP = TABLES
"""What brings a store of the version before to this one. It makes a table and changes none."""
