# SPDX-License-Identifier: Apache-2.0
"""How fast, beside what others would wire together."""
