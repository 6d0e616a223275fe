"""Generators that write whole networks as linalg on tensors."""
