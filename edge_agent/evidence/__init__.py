# SPDX-License-Identifier: Apache-2.0
"""What shows that nothing was taken out of the ledger, put in, or changed.

The tree over it, and who reads it.
"""
