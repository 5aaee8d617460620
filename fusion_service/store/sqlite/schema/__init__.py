# SPDX-License-Identifier: Apache-2.0
"""The tables, and how a store of an earlier release is brought to them."""
