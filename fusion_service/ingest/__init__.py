# SPDX-License-Identifier: Apache-2.0
"""From the broker to the store: receive, judge, commit, acknowledge, in this order."""
