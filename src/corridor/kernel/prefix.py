"""How compiled kernel modules are named."""

COMPILED_PREFIX = "corridor.kernel._compiled_"
