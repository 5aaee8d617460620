# SPDX-License-Identifier: Apache-2.0
"""The file that draws a site: read, checked as a whole, and written. Pure; docs/SITE.md shows it.

In the order of the trip: tables (what may stand in it), shape (that it does), rules (what must be
true together), build (the values that others use), reading (all of it in one call), writing.
"""
