# SPDX-License-Identifier: Apache-2.0
"""Start the processes of a box, measure each, say go, start it again."""
