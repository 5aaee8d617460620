# SPDX-License-Identifier: Apache-2.0
"""What the document of a season says, in Dutch and in English."""
