# SPDX-License-Identifier: Apache-2.0
"""Answers of people to what a dossier still misses.

`questions` collects what is open, `answers_file` reads and writes the file that people fill in,
`forms` says how an answer is to look, `contradictions` refuses what a box or the config denies,
`applying` puts the others into the papers.
"""
