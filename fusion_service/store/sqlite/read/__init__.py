# SPDX-License-Identifier: Apache-2.0
"""What is read of a store, question by question, over one snapshot."""
