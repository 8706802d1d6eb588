"""Positive definite systems by Cholesky's factor, in place."""

from __future__ import annotations

import math
from typing import Any

from corridor.kernel.mode import tools

jit, index = tools(__name__)


@jit
def factorise(matrix: Any, size: int) -> None:
    """Take the Cholesky factor of a positive definite matrix in place; where nothing bends nothing will move."""
    largest = 0.0
    for k in range(size):
        largest = max(largest, matrix[index(k * size + k)])
    floor = 1e-13 * largest + 1e-300
    for j in range(size):
        pivot = matrix[index(j * size + j)]
        for k in range(j):
            pivot -= matrix[index(j * size + k)] * matrix[index(j * size + k)]
        if pivot < floor:
            pivot = largest + 1.0  # no curvature: this part of the answer stays small
        root = math.sqrt(pivot)
        matrix[index(j * size + j)] = root
        for i in range(j + 1, size):
            value = matrix[index(i * size + j)]
            for k in range(j):
                value -= matrix[index(i * size + k)] * matrix[index(j * size + k)]
            matrix[index(i * size + j)] = value / root


@jit
def substitute(factor: Any, size: int, right: Any) -> None:
    """Solve for `right` in place, given a Cholesky factor."""
    for j in range(size):
        value = right[index(j)]
        for k in range(j):
            value -= factor[index(j * size + k)] * right[index(k)]
        right[index(j)] = value / factor[index(j * size + j)]
    for i in range(size):
        j = size - 1 - i
        value = right[index(j)]
        for k in range(j + 1, size):
            value -= factor[index(k * size + j)] * right[index(k)]
        right[index(j)] = value / factor[index(j * size + j)]
