# SPDX-License-Identifier: Apache-2.0
"""What a sensor gone bad might try, by exit class.

They are facts only: who runs them and who looks is told in trial and observer.
"""
