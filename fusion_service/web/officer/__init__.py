# SPDX-License-Identifier: Apache-2.0
"""What an officer asks of a box: what it may send, what it sent, how it is held, how it fared."""
