# SPDX-License-Identifier: Apache-2.0
"""What is kept: a port in domain words, the values that cross it, and SQLite behind it."""
