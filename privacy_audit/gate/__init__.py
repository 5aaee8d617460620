# SPDX-License-Identifier: Apache-2.0
"""The gate under a sensor that lies, floods, and restarts."""
