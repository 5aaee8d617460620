# SPDX-License-Identifier: Apache-2.0
"""The product's rules, written down a second time. Pure."""
