# SPDX-License-Identifier: Apache-2.0
"""Counters of others and people who look: what they say is read, checked and kept apart."""
