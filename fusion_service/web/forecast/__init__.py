# SPDX-License-Identifier: Apache-2.0
"""What comes at a site, and how good that was, over HTTP."""
