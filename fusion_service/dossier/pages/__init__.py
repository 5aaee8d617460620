# SPDX-License-Identifier: Apache-2.0
"""Pages: what they are made of, and their HTML."""
