"""Rules over whole batches: thresholds, rates, flat lines, copied columns, combinations, moving
things; and silence.

`RuleEngine` runs in the gateway on every batch, numpy only. `find_silence` runs in the worker, on
the live values, so that several gateways and their restarts make no difference to it.
"""

from ipudong.city.sensing.changes import AlarmEvent, Changes
from ipudong.city.sensing.rules.bindings import Bindings
from ipudong.city.sensing.rules.compiling import load_rule_table
from ipudong.city.sensing.rules.engine import RuleEngine
from ipudong.city.sensing.rules.moving import Fixes
from ipudong.city.sensing.rules.silence import find_silence
from ipudong.city.sensing.rules.table import RuleTable

__all__ = [
    "AlarmEvent",
    "Bindings",
    "Changes",
    "Fixes",
    "RuleEngine",
    "RuleTable",
    "find_silence",
    "load_rule_table",
]
