# SPDX-License-Identifier: Apache-2.0
"""What a box keeps: what waits, what has gone, and how its files are mended."""
