# SPDX-License-Identifier: Apache-2.0
"""Signed audits, in SQLite."""
