# SPDX-License-Identifier: Apache-2.0
"""Forecasts measured on counts that others have published, against a plain reference."""
