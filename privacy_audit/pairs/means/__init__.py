# SPDX-License-Identifier: Apache-2.0
"""The means by which one process could tell another a bit."""
