# SPDX-License-Identifier: Apache-2.0
"""Make a clone ready, with nothing but the standard library."""
