# SPDX-License-Identifier: Apache-2.0
"""Copy a store, put a copy back, build its trees anew, and let one service hold it."""
