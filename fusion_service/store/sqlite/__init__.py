# SPDX-License-Identifier: Apache-2.0
"""The only SQL of the centre: one SQLite file, one writer, any number of readers."""
