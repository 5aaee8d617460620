# SPDX-License-Identifier: Apache-2.0
"""The only wiring: each process of a box, and what starts them."""
