# SPDX-License-Identifier: Apache-2.0
"""What the page is built with: its client's types, made of the API's own description."""
