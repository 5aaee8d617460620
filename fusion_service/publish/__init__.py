# SPDX-License-Identifier: Apache-2.0
"""The centre's numbers, handed to other systems."""
