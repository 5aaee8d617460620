# SPDX-License-Identifier: Apache-2.0
"""The certificate authority: a root that is put away, what it signs, and their files."""
