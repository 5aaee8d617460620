# SPDX-License-Identifier: Apache-2.0
"""From disclosed windows to signed entries: dated, numbered, committed, put out, and purged."""
