# SPDX-License-Identifier: Apache-2.0
"""How well a box counts, against labelled films."""
