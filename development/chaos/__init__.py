# SPDX-License-Identifier: Apache-2.0
"""Faults, forged messages and other clocks, against a real box, broker and centre."""
