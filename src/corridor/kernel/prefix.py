"""The name prefix of compiled kernel modules."""

COMPILED_PREFIX = "corridor.kernel._compiled_"
