# SPDX-License-Identifier: Apache-2.0
"""What is to be expected in each zone: by what is usual and by who comes; and its estimate. Pure."""
