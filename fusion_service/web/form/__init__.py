# SPDX-License-Identifier: Apache-2.0
"""The form of every answer of the API: times, headers, and its description."""
