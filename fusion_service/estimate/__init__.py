# SPDX-License-Identifier: Apache-2.0
"""From committed numbers to what they say together. Pure: no store, no clock."""
