# SPDX-License-Identifier: Apache-2.0
"""What the centre shows over HTTP. Reading only."""
