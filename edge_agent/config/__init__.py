# SPDX-License-Identifier: Apache-2.0
"""The configuration of a box: its schema, its files, and what follows from it."""
