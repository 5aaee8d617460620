# SPDX-License-Identifier: Apache-2.0
"""What a forecast may know: the panel, its tables, and what an origin reads from them."""
