# SPDX-License-Identifier: Apache-2.0
"""Any folder of scenes with truth, counted as a box counts them, beside the peers."""
