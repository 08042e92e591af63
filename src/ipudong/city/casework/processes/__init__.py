"""Processes of cases: BPMN 2.0 files read, checked and run; nothing here knows the database."""

from ipudong.city.casework.processes.checks import Surroundings
from ipudong.city.casework.processes.errors import Problem, ProcessError
from ipudong.city.casework.processes.graph import Node
from ipudong.city.casework.processes.lanes import Lane, parse_lane
from ipudong.city.casework.processes.reading import Process, read_process
from ipudong.city.casework.processes.running import OpenStep, Run, RunError, Scripts, add_answers

__all__ = [
    "Lane",
    "Node",
    "OpenStep",
    "Problem",
    "Process",
    "ProcessError",
    "Run",
    "RunError",
    "Scripts",
    "Surroundings",
    "add_answers",
    "parse_lane",
    "read_process",
]
