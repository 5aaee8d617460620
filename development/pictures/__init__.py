# SPDX-License-Identifier: Apache-2.0
"""The pictures of the README, made of the real page over an exercise."""
