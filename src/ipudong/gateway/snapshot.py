"""Everything the gateway keeps of the database, read at once and swapped at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.directory import Directory, load_directory
from ipudong.city.sensing.rules import RuleTable, load_rule_table
from ipudong.gateway.live.topics import Topic

_NONE = np.empty(0, np.int32)


@dataclass(frozen=True)
class Snapshot:
    """One version of devices, datastreams and rules, and who belongs to which system."""

    directory: Directory
    rules: RuleTable

    def find_datastreams(self, topic: Topic) -> NDArray[np.int32]:
        """The datastreams of a topic, ascending; unknown ids are left out."""
        owner = self.directory.streams.thing
        if topic.kind == "latest":
            return np.flatnonzero(owner).astype(np.int32)
        if topic.kind == "datastreams":
            ids = np.array(topic.ids, np.int32)
            return ids[ids < len(owner)]
        if topic.kind == "thing":
            return np.flatnonzero(np.isin(owner, topic.ids)).astype(np.int32)
        if topic.kind == "things":
            return np.flatnonzero(np.isin(owner, self._list_things(topic.system))).astype(np.int32)
        return _NONE

    def find_things(self, system: str) -> NDArray[np.int32]:
        """The things of a system."""
        return np.array(self._list_things(system), np.int32)

    def _list_things(self, system: str) -> list[int]:
        devices = self.directory.devices.values()
        return [device.thing_id for device in devices if device.system == system]


def load_snapshot() -> Snapshot:
    """Read a snapshot; call it in a thread."""
    directory = load_directory()
    return Snapshot(directory, load_rule_table(directory))
