# SPDX-License-Identifier: Apache-2.0
"""The log of the shift in the store's file."""
