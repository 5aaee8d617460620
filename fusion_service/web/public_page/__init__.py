# SPDX-License-Identifier: Apache-2.0
"""The page that anybody may read, as the server writes it: useful before any script runs.

In the order of the trip: facts (what may be said), words (in two languages), markup (text that
cannot become anything else), page (what stands where), statement (accessibility), routes.
docs/PUBLIC.md says what it shows, and what it never shows.
"""
