# SPDX-License-Identifier: Apache-2.0
"""What is kept of forecasts: the port and its rows (kept), and a forecast's steps (steps)."""
