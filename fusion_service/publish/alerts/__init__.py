# SPDX-License-Identifier: Apache-2.0
"""Tell others of alarms and declared levels: a webhook, e-mail."""
