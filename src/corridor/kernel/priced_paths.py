"""Sums over paths and binding arcs for the interior-point master problem of multicommodity flows.

Path p of commodity `owner[p]` uses the rows `row[first_use[p] … first_use[p + 1] - 1]`:
arcs whose capacity may bind.
"""

from __future__ import annotations

from typing import Any

from corridor.kernel.mode import tools

jit, index = tools(__name__, allocates=False)

TINY = 1e-300  # the least pivot, against rounding to 0 or below


@jit
def along(first_use: Any, row: Any, value: Any, out: Any) -> None:
    """Fill the sum over the rows of each path."""
    for p in range(len(out)):
        total = 0.0
        for i in range(first_use[index(p)], first_use[index(p + 1)]):
            total += value[index(row[index(i)])]
        out[index(p)] = total


@jit
def across(first_use: Any, row: Any, value: Any, out: Any) -> None:
    """Fill the sum over the paths that use each row."""
    for r in range(len(out)):
        out[index(r)] = 0.0
    for p in range(len(value)):
        for i in range(first_use[index(p)], first_use[index(p + 1)]):
            out[index(row[index(i)])] += value[index(p)]


@jit
def assemble(
    first_path: Any,
    first_use: Any,
    row: Any,
    weight: Any,
    unserved: Any,
    rest: Any,
    matrix: Any,
    mean: Any,
    touched: Any,
) -> None:
    """Fill the lower triangle of the Schur complement for the prices of rows, with commodities eliminated.

    Paths are in the order of their commodities, `first_path` (commodities + 1). With D =
    `weight` by path, `unserved` by commodity for unsent demand, and v = Σ D a over the paths
    of a commodity: Σ D a aᵀ − Σ v vᵀ / ΣD, and `rest` on the diagonal. `mean`, 0 throughout, and
    `touched` are scratch by row.
    """
    # The diagonal; all else 0.
    size = len(rest)
    for i in range(size):
        for j in range(i + 1):
            matrix[index(i), index(j)] = 0.0
        matrix[index(i), index(i)] = rest[index(i)]
    for k in range(len(first_path) - 1):
        # Products of the paths of the commodity.
        whole, seen = unserved[index(k)], 0
        for p in range(first_path[index(k)], first_path[index(k + 1)]):
            d = weight[index(p)]
            whole += d
            begin, end = first_use[index(p)], first_use[index(p + 1)]
            for i in range(begin, end):
                r = row[index(i)]
                if mean[index(r)] == 0.0:
                    touched[index(seen)] = r
                    seen += 1
                mean[index(r)] += d
                for j in range(begin, i + 1):
                    other = row[index(j)]
                    matrix[index(max(r, other)), index(min(r, other))] += d
        # Subtract the product of the means, and reset the scratch.
        for x in range(seen):
            r = touched[index(x)]
            part = mean[index(r)] / whole
            for y in range(x + 1):
                other = touched[index(y)]
                matrix[index(max(r, other)), index(min(r, other))] -= part * mean[index(other)]
        for x in range(seen):
            mean[index(touched[index(x)])] = 0.0


@jit
def factorise(matrix: Any, panel: Any) -> None:
    """Replace the lower triangle of a positive definite matrix by its Cholesky factor, block by block, O(size³).

    `panel` is scratch of shape (block, size): a block of columns stored as rows, so that the
    inner loop runs along rows and can be vectorised. The block size is a multiple of four.
    """
    size, block = len(matrix), len(panel)
    for begin in range(0, size, block):
        end = min(begin + block, size)
        factorise_block(matrix, panel, begin, end)
        subtract_block(matrix, panel, begin, end, end, size)


@jit
def factorise_block(matrix: Any, panel: Any, begin: int, end: int) -> None:
    """Factorise a block of columns, and fill `panel` with it."""
    size = len(matrix)
    for j in range(begin, end):
        pivot = matrix[index(j), index(j)]
        for k in range(begin, j):
            pivot -= matrix[index(j), index(k)] * matrix[index(j), index(k)]
        pivot = max(pivot, TINY) ** 0.5
        matrix[index(j), index(j)] = pivot
        for i in range(j + 1, size):
            total = matrix[index(i), index(j)]
            for k in range(begin, j):
                total -= matrix[index(i), index(k)] * matrix[index(j), index(k)]
            matrix[index(i), index(j)] = total / pivot
    for k in range(end - begin):
        for i in range(end, size):
            panel[index(k), index(i)] = matrix[index(i), index(begin + k)]


@jit
def subtract_block(matrix: Any, panel: Any, begin: int, end: int, first: int, last: int) -> None:
    """Subtract a factorised block from the later rows `first … last - 1`; rows are independent."""
    for i in range(first, last):
        for k in range(0, end - begin, 4):
            _subtract(matrix[index(i)], panel, i, k, end)


@jit
def _subtract(own: Any, panel: Any, i: int, k: int, begin: int) -> None:
    """Subtract four columns from a row, up to the diagonal."""
    x, y = panel[index(k), index(i)], panel[index(k + 1), index(i)]
    z, w = panel[index(k + 2), index(i)], panel[index(k + 3), index(i)]
    a, b, c, d = panel[index(k)], panel[index(k + 1)], panel[index(k + 2)], panel[index(k + 3)]
    for j in range(begin, i + 1):
        own[index(j)] -= x * a[index(j)] + y * b[index(j)] + z * c[index(j)] + w * d[index(j)]


@jit
def substitute(matrix: Any, values: Any) -> None:
    """Replace the right-hand side by the solution, given the factor: forward, then backward substitution."""
    size = len(values)
    for i in range(size):
        total = values[index(i)]
        for k in range(i):
            total -= matrix[index(i), index(k)] * values[index(k)]
        values[index(i)] = total / matrix[index(i), index(i)]
    for i in range(size - 1, -1, -1):
        value = values[index(i)] / matrix[index(i), index(i)]
        values[index(i)] = value
        for k in range(i):
            values[index(k)] -= matrix[index(i), index(k)] * value
