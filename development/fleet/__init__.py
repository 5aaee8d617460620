# SPDX-License-Identifier: Apache-2.0
"""Many boxes out of one process."""
