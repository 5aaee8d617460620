# SPDX-License-Identifier: Apache-2.0
"""The product on other machines, on its first day, and repeated."""
