# SPDX-License-Identifier: Apache-2.0
"""What would come if something were done: one law for the API and the command.

Here live: what may be supposed, and what an event brought the times before.
"""
