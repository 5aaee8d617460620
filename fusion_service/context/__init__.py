# SPDX-License-Identifier: Apache-2.0
"""What others know of a day: weather, transit, parking, traffic, events. A feed a file.

The trip of an answer: `fetch` brings bytes within bounds, a module of `feeds` reads them by
`formats`, `keeper` keeps what was said and how each feed fares. A feed that fails costs its own
values and nothing else.
"""
