# SPDX-License-Identifier: Apache-2.0
"""What the centre shows over HTTP, and what people tell it: a site's file, a count, a decision."""
