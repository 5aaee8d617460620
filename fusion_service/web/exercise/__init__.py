# SPDX-License-Identifier: Apache-2.0
"""Exercise control over HTTP, and the debrief of an exercise or of a shift."""
