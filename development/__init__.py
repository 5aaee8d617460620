# SPDX-License-Identifier: Apache-2.0
"""What builds, measures and attacks the product. Nothing of the product imports it."""
