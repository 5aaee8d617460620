# SPDX-License-Identifier: Apache-2.0
"""The verb that evaluates a season."""
