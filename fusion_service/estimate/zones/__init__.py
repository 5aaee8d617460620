# SPDX-License-Identifier: Apache-2.0
"""What is to be expected in each zone, by the hour and by who comes; its estimate. Pure."""
