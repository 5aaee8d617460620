# SPDX-License-Identifier: Apache-2.0
"""A recording as its file has it: how it is opened, when each frame was, and what is missing."""
