# SPDX-License-Identifier: Apache-2.0
"""What a stream of signed entries tells: how far it is whole, what is missing. Pure."""
