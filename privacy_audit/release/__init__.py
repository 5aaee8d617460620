# SPDX-License-Identifier: Apache-2.0
"""What is released, against an attacker who guesses, and against every byte that was sent."""
