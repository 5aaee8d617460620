# SPDX-License-Identifier: Apache-2.0
"""The demonstration: a street video through the box, a real broker and the centre."""
