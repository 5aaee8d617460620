# SPDX-License-Identifier: Apache-2.0
"""The one launcher of broker, centre and box, for all that shows, loads or breaks them.

The audit has its own (privacy_audit.target): it is shipped, and knows nothing of development.
"""
