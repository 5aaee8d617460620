# SPDX-License-Identifier: Apache-2.0
"""What each process may do, as tables."""
