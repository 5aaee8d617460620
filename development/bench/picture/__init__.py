# SPDX-License-Identifier: Apache-2.0
"""How soon a large site's picture reaches everybody who listens, and at what cost."""
