# SPDX-License-Identifier: Apache-2.0
"""Make a model's file out of a published one.

Needed once, on any machine with the extra `model`, never while counting.
"""
