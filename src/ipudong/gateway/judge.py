"""Quality checks and rules on one batch, with the directory and rules in force."""

from ipudong.city.sensing import quality
from ipudong.city.sensing.changes import Changes
from ipudong.city.sensing.directory import Directory
from ipudong.city.sensing.rules import Fixes, RuleEngine
from ipudong.gateway.columns import Columns, Positions
from ipudong.store.quality import SUSPECT


class BatchJudge:
    """Marks the quality of each batch and collects what the rules found in it."""

    def __init__(self, directory: Directory, engine: RuleEngine) -> None:
        self.directory = directory
        self.engine = engine

    def __call__(self, columns: Columns, now_us: int) -> Changes:
        """Set the quality column; `now_us` is when the batch was received."""
        marks = quality.assess(
            self.directory,
            columns.datastream,
            columns.time_us,
            columns.result,
            columns.quality,
            now_us,
            clock_ok=columns.clock_ok,
        )
        changes = self.engine.evaluate(
            columns.datastream, columns.time_us, columns.result, marks, now_us
        )
        marks[changes.suspect] |= SUSPECT
        columns.quality = marks
        return changes

    def judge_positions(self, positions: Positions, now_us: int) -> Changes:
        """What the rules on moving things find; `now_us` is when the batch was received."""
        fixes = Fixes(
            positions.thing,
            positions.time_us,
            positions.lon,
            positions.lat,
            positions.speed,
            positions.status,
        )
        return self.engine.evaluate_positions(fixes, now_us)
