# SPDX-License-Identifier: Apache-2.0
"""Scores on clips with truth."""
