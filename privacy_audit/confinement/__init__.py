# SPDX-License-Identifier: Apache-2.0
"""The running processes, measured from outside: what the kernel says of each."""
