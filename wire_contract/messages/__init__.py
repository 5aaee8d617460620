# SPDX-License-Identifier: Apache-2.0
"""The messages that travel, a file for each, and how each version is read."""
