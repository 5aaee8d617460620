# SPDX-License-Identifier: Apache-2.0
"""The box that is audited, with what the audit starts beside it."""
