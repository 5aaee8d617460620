# SPDX-License-Identifier: Apache-2.0
"""Who may see and change what: people and programs, keys, roles, log-in, and the log of it.

`rules.py` is the one table; docs/ACCESS.md shows it. No name of the web stands here.
"""
