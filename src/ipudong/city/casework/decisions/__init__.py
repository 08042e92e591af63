"""Decisions: DMN models with the FEEL of conformance level 2 and some beyond; pure Python.

`load_decisions` reads a model, `DecisionModel.evaluate` decides, `find_gaps` and `find_overlaps`
say what a table forgot. Nothing here runs Python or touches files, the network or a clock.
"""

from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.expressions import evaluate_expression
from ipudong.city.casework.decisions.models import DecisionModel
from ipudong.city.casework.decisions.reader import load_decisions
from ipudong.city.casework.decisions.values import plain

__all__ = ["DecisionError", "DecisionModel", "evaluate_expression", "load_decisions", "plain"]
