# SPDX-License-Identifier: Apache-2.0
"""What the map costs, and whether it keeps what the page promises; `scripts/bench map`."""
