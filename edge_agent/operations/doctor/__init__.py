# SPDX-License-Identifier: Apache-2.0
"""How a box fares, for whoever stands beside it: `edge-agent doctor`."""
