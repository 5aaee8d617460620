# SPDX-License-Identifier: Apache-2.0
"""What a sensor gone bad might try, by exit class.

Facts only: who runs them and who watches is told in trial and observer.
"""
