# SPDX-License-Identifier: Apache-2.0
"""The only shapes that a client sees, and how they are made from rows.

Times end in `_s` (UTC seconds, of the box's windows) or `_ms` (UTC milliseconds, of the centre's
clock). Counts are null where a disclosure rule withheld them, may be negative under noise, and are
not clamped here: sums of them must stay right.
"""
