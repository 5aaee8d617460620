# SPDX-License-Identifier: Apache-2.0
"""What is made of surveys and of what an installer asks: ground, lines, counts, sentences. Pure."""
