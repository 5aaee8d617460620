# SPDX-License-Identifier: Apache-2.0
"""The papers of a site, in Dutch, made of its file, the live boxes and their signed papers. Pure.

Rule 1: a sentence stands on the site's file, the centre's config, what a box last said, or a paper
that agrees with it; on nothing else. Rule 2: what none of them says is a gap with a name. Rule 3:
of pictures and of what the kernel holds is said what the live level allows. docs/DOSSIER.md.
"""
