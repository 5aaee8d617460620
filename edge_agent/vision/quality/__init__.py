# SPDX-License-Identifier: Apache-2.0
"""How well the camera sees, by a few numbers of each frame."""
