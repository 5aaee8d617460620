# SPDX-License-Identifier: Apache-2.0
"""A model's card, and the check of its file."""
