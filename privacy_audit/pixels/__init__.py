# SPDX-License-Identifier: Apache-2.0
"""The picture itself: what is left of it, and what a model could be made to do with it."""
