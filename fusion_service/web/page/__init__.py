# SPDX-License-Identifier: Apache-2.0
"""The page that people open: built from dashboard/ by the set-up, served as it was built.

In the order of the trip: built (what the build left), unbuilt (what is said where it left nothing),
routes. docs/PAGE.md says what each thing on the screen means.
"""
