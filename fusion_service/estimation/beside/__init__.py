# SPDX-License-Identifier: Apache-2.0
"""What is known of a site beside its counts, for who forecasts it.

context_columns.py lays what feeds said on a panel's steps, as it was known then; feed_columns.py
does so for a centre's feeds and adds school holidays; moving.py says what declared measures and
closed links do; sources.py puts the three together, from what told.py names.
"""
