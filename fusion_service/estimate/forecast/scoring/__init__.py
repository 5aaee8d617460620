# SPDX-License-Identifier: Apache-2.0
"""How good forecasts are: scores, rolling origins, leaks, and which of two models goes live."""
