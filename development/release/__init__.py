# SPDX-License-Identifier: Apache-2.0
"""The wheel, and what it is made of."""
