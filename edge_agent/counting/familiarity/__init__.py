# SPDX-License-Identifier: Apache-2.0
"""Whether the detector knows the people of this scene, judged by what the box has anyway.

The evidence is people half seen: boxes too weak to begin a track, as tall as the people of the
place, in which something moves and no track is. The judgement is over hours, from sums to which one
track adds at most 1, with noise, so it tells nothing of one person.
"""
