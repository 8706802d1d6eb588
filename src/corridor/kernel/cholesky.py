"""Positive definite linear systems by Cholesky factorisation, in place."""

from __future__ import annotations

import math
from typing import Any

from corridor.kernel.mode import tools

jit, index = tools(__name__)


@jit
def factorise(matrix: Any, size: int) -> None:
    """Replace a positive definite matrix by its Cholesky factor; a direction without curvature gets a large pivot."""
    # The pivot threshold is relative to the largest diagonal entry.
    largest = 0.0
    for k in range(size):
        largest = max(largest, matrix[index(k * size + k)])
    floor = 1e-13 * largest + 1e-300
    # Factorise column by column, O(size³).
    for j in range(size):
        pivot = matrix[index(j * size + j)]
        for k in range(j):
            pivot -= matrix[index(j * size + k)] * matrix[index(j * size + k)]
        if pivot < floor:
            pivot = largest + 1.0  # no curvature: this component of the solution stays small
        root = math.sqrt(pivot)
        matrix[index(j * size + j)] = root
        for i in range(j + 1, size):
            value = matrix[index(i * size + j)]
            for k in range(j):
                value -= matrix[index(i * size + k)] * matrix[index(j * size + k)]
            matrix[index(i * size + j)] = value / root


@jit
def substitute(factor: Any, size: int, right: Any) -> None:
    """Replace the right-hand side by the solution, given a Cholesky factor."""
    # Forward substitution.
    for j in range(size):
        value = right[index(j)]
        for k in range(j):
            value -= factor[index(j * size + k)] * right[index(k)]
        right[index(j)] = value / factor[index(j * size + j)]
    # Backward substitution with the transposed factor.
    for i in range(size):
        j = size - 1 - i
        value = right[index(j)]
        for k in range(j + 1, size):
            value -= factor[index(k * size + j)] * right[index(k)]
        right[index(j)] = value / factor[index(j * size + j)]
