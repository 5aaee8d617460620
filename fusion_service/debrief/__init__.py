# SPDX-License-Identifier: Apache-2.0
"""The debrief of an exercise or a shift: what was known when, and what was declared when.

In the order of the trip: looking (what the stores said then), log_past (what the log says),
evaluation (both together), documents (one page to print, and JSON), words. docs/DEBRIEF.md.
"""
