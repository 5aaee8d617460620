# SPDX-License-Identifier: Apache-2.0
"""Measure fusion on people who walk: a simulator of its own, scenes on disk, and the score."""
