# SPDX-License-Identifier: Apache-2.0
"""What the gate signs besides reports."""
