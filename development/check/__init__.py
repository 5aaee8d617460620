# SPDX-License-Identifier: Apache-2.0
"""The one check of this clone: what scripts/test and CI run."""
