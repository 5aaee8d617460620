# SPDX-License-Identifier: Apache-2.0
"""What the centre says, and what is believed of it."""
