# SPDX-License-Identifier: Apache-2.0
"""How sure a released count is.

Only what has been released comes in here, so nothing more than that can come out.
"""
