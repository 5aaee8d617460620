# SPDX-License-Identifier: Apache-2.0
"""What makes numbers of it: trees, two closed forms, seasonal naive, and intervals that adapt."""
