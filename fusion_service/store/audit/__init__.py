# SPDX-License-Identifier: Apache-2.0
"""What is kept of audits, and how many messages of each kind a box has sent."""
