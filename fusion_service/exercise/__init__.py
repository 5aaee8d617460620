# SPDX-License-Identifier: Apache-2.0
"""A scripted day in a store of its own: drawn people, real signed reports, the real path."""
