# SPDX-License-Identifier: Apache-2.0
"""The picture of a site as others read it: the newest numbers, a stream of them, series, shapes.

In the order of the trip: sources (what it is read from), zone_view (what is said of a zone), live
(what is known now, encoded once for everybody), stream (the same as events), and a file for each
form in which others want it.
"""
