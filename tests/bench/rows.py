"""What is measured, as values: rows of the table, the cells that fill them, and the samples of all runs."""
import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the table. `title` is unique."""
    title: str
    unit: str
    digits: int = 1


@dataclasses.dataclass(frozen=True)
class Cell:
    """One thing to do in each run; `run` gives as many numbers as there are rows."""
    rows: tuple
    run: object


def cell(run, *rows):
    return Cell(tuple(rows), run)


class Samples:
    """Of each row one number per run, in the order of the runs; nothing where that run failed."""

    def __init__(self):
        self.of_row = {}

    def add(self, one, numbers):
        assert len(numbers) == len(one.rows), (one.rows, numbers)
        for row, number in zip(one.rows, numbers):
            self.of_row.setdefault(row, []).append(number)

    def add_failure(self, one):
        self.add(one, [None] * len(one.rows))

    def of(self, row):
        return [number for number in self.of_row.get(row, []) if number is not None]

    def together(self, *rows):
        """For each run in which all of the rows were measured, their numbers."""
        return [numbers for numbers in zip(*(self.of_row.get(row, []) for row in rows)) if None not in numbers]


def spread(numbers):
    """(median, least, most)."""
    return statistics.median(numbers), min(numbers), max(numbers)
