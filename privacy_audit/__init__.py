# SPDX-License-Identifier: Apache-2.0
"""The audit: a privacy officer runs it to see the wall hold, and signs its report.

Each part looks at one promise and returns findings: what was looked at, how, with which verdict. A
part that cannot look says so and why; only a mechanism that was seen not to hold has fallen.
"""
