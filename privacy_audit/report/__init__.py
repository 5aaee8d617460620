# SPDX-License-Identifier: Apache-2.0
"""What the audit found, for a terminal, a machine, and an officer who signs."""
