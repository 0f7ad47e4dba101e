# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demands on the placard: how many are shown, in one column or two, and how big."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from relay.notices.lettering import BOLD, Set, capitals, fitted, set_at

_INDENT, _GAP = 40, 24
_SIZES = range(46, 25, -2)
_LEADING = 1.22


@dataclass(frozen=True)
class Row:
    """Demands side by side, at a distance from the top of the list in pixels."""

    top: int
    demands: tuple[Set, ...]

    @property
    def height(self) -> int:
        return max(each.height for each in self.demands)


@dataclass(frozen=True)
class Listing:
    """Demands set in rows; ``column`` is the distance between the left edges of two columns."""

    rows: tuple[Row, ...] = ()
    column: int = 0

    @property
    def height(self) -> int:
        """From the first capitals to the last baseline."""
        return self.rows[-1].top + self.rows[-1].height if self.rows else 0

    def placed(self) -> Iterator[tuple[int, int, Set]]:
        """Every demand with its place from the left and from the top."""
        for row in self.rows:
            for number, demand in enumerate(row.demands):
                yield number * self.column, row.top, demand

    @property
    def indent(self) -> int:
        """How far the words stand from their bullet's left edge."""
        return _INDENT


def listing(demands: Sequence[str], rest: str, box: tuple[int, int]) -> Listing:
    """The demands as big as ``box`` (width, height) allows; ``rest`` ("and {n} more") stands for those left over.

    Three and more short ones stand in two columns; a demand too long for its place ends in "…".
    """
    if not demands:
        return Listing()
    for columns in (2, 1) if len(demands) > 2 else (1,):
        most = 3 * columns + (columns == 1)
        shown = (
            list(demands) if len(demands) <= most else [*demands[: most - 1], rest.format(n=len(demands) - most + 1)]
        )
        for size in _SIZES if columns == 1 else _SIZES[:-4]:
            room = (box[0] // columns - _INDENT - _INDENT * (columns - 1), (3 - columns) * size)
            sets = [set_at(each, BOLD, size, room, _LEADING) for each in shown]
            done = _rows([each for each in sets if each], columns, box[0])
            if None not in sets and done.height <= box[1]:
                return done
    smallest = (_SIZES[-1],)
    return _rows([fitted(each, BOLD, (box[0] - _INDENT, _SIZES[-1]), smallest, _LEADING) for each in shown], 1, box[0])


def _rows(sets: Sequence[Set], columns: int, wide: int) -> Listing:
    rows: list[Row] = []
    top = 0
    for start in range(0, len(sets), columns):
        rows.append(Row(top, tuple(sets[start : start + columns])))
        top += rows[-1].height + _GAP
    return Listing(tuple(rows), wide // columns)


def bullet(demand: Set) -> int:
    """The side of the square before a demand."""
    return capitals(demand.weight, demand.size) * 3 // 5
