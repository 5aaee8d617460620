# SPDX-License-Identifier: Apache-2.0
"""A recorded day: what the boxes of a site counted is signed anew and comes in again."""
