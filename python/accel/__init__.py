"""Accel's Python side: network generators, the host reference runner and the demonstration."""
