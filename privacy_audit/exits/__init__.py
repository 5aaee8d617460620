# SPDX-License-Identifier: Apache-2.0
"""Try every way out of the sensor from inside a twin of it, watched from outside."""
