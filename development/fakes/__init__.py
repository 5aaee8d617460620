# SPDX-License-Identifier: Apache-2.0
"""What stands in for the world in tests: streets, towns, clocks, cameras, messages."""
