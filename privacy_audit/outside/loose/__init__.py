# SPDX-License-Identifier: Apache-2.0
"""Processes that stand in the place of a box's own and are locked in but for one thing.

A supervisor starts them by their names.
"""
