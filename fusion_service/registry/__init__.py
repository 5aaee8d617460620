# SPDX-License-Identifier: Apache-2.0
"""What is known beforehand: which devices exist, with which keys, at which sites."""
