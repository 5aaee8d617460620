# SPDX-License-Identifier: Apache-2.0
"""What each role may say and hear at the broker."""
