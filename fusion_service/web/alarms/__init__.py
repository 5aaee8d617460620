# SPDX-License-Identifier: Apache-2.0
"""What is shown of alarms and of those who are told of them."""
