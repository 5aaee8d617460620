# SPDX-License-Identifier: Apache-2.0
"""What may be said, in Dutch: of each kind of source, of each level and rule, and of what lacks."""
