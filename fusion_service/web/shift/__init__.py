# SPDX-License-Identifier: Apache-2.0
"""The shift over HTTP: alarms, levels, measures, the log, handovers and the situation report."""
