# SPDX-License-Identifier: Apache-2.0
"""What each counter is worth: its noise, its bias, and whether the others contradict it. Pure."""
