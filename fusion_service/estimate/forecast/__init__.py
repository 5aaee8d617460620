# SPDX-License-Identifier: Apache-2.0
"""What comes: from hours that are known to hours that are not, and how sure. Pure.

inputs/ holds every series on one grid of wall-clock time, says what is usual and how far each step
was from it, and what an origin knew of a target: nothing later. models/ learns quantiles from that;
where there is too little to learn from it answers in closed form, and seasonal naive stands beside
both. forecaster.py puts them together. scoring/ measures, warnings.py warns.
"""
