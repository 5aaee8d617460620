# SPDX-License-Identifier: Apache-2.0
"""What one commit reads and writes, table by table."""
