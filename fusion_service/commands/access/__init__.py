# SPDX-License-Identifier: Apache-2.0
"""The verbs of people, keys and the access log."""
