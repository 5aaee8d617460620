# SPDX-License-Identifier: Apache-2.0
"""Forecasts in the store's file."""
