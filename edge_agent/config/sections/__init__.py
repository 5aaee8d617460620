# SPDX-License-Identifier: Apache-2.0
"""The sections of a box's config, each checked by itself."""
