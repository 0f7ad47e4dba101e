# SPDX-License-Identifier: AGPL-3.0-or-later
"""The town square: look-alike networks and a newsroom on loopback, for the demo, the tests and the benchmarks."""
