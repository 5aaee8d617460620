# SPDX-License-Identifier: Apache-2.0
"""Scores on synthetic streets."""
