"""What was measured, as a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Row:
    """One figure beside its goal; ``goal`` None: told for information only."""

    item: int
    what: str
    ours: str
    baseline: str
    measured: float
    goal: float | None
    unit: str = 'x'

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return self.goal is None or self.measured <= self.goal

    def cells(self) -> list[str]:
        """The row of the table."""
        goal = '' if self.goal is None else f'{self.goal:g}{self.unit}'
        met = '' if self.goal is None else 'met' if self.met else 'NOT MET'
        measured = f'{self.measured:.3g}{self.unit}'
        return [
            str(self.item),
            self.what,
            self.ours,
            self.baseline,
            measured,
            goal,
            met,
        ]


HEAD = ['', 'what', 'ours', 'baseline', 'measured', 'goal', '']


def table(rows: list[Row]) -> str:
    """Lay the rows out, in Markdown, so that they can go into docs/tests.md."""
    cells = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    lines = ['| ' + ' | '.join(map(str.ljust, line, widths)) + ' |' for line in cells]
    lines.insert(1, '|' + '|'.join('-' * (width + 2) for width in widths) + '|')
    return '\n'.join(lines)
