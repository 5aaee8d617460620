# SPDX-License-Identifier: Apache-2.0
"""One module a feed: what it asks for, and how its answer is read."""
