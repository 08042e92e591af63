"""Topic names and topic filters (4.7), shared subscriptions (4.8.2)."""

from typing import Final

SHARE: Final = "$share/"
MAX_TOPIC: Final = 65_535
MAX_LEVELS: Final = 128  # ours: a deeper topic is refused, so that no filter costs more to match


def is_topic_name(topic: str) -> bool:
    """Whether a message may be published to it: not empty, no wildcard (3.3.2-2, 4.7.3-1)."""
    return bool(topic) and "+" not in topic and "#" not in topic and topic.count("/") < MAX_LEVELS


def is_topic_filter(topic_filter: str) -> bool:
    """Whether wildcards stand only where they may (4.7.1); share names are looked at too."""
    if topic_filter.startswith(SHARE):
        name, slash, topic_filter = topic_filter[len(SHARE) :].partition("/")
        if not name or not slash or "+" in name or "#" in name:
            return False
    levels = topic_filter.split("/")
    if not topic_filter or len(levels) > MAX_LEVELS:
        return False
    if any("#" in level for level in levels[:-1]) or (levels[-1] != "#" and "#" in levels[-1]):
        return False
    return all(level == "+" or "+" not in level for level in levels)


def split_share(topic_filter: str) -> tuple[str, str]:
    """The share name ("" where there is none) and the filter proper."""
    if not topic_filter.startswith(SHARE):
        return "", topic_filter
    name, _, rest = topic_filter[len(SHARE) :].partition("/")
    return name, rest


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a filter without share name takes in a topic name (4.7.1, 4.7.2)."""
    if topic[:1] == "$" and topic_filter[:1] in ("+", "#"):
        return False
    wanted, levels = topic_filter.split("/"), topic.split("/")
    for at, level in enumerate(wanted):
        if level == "#":
            return True
        if at >= len(levels) or (level != "+" and level != levels[at]):
            return False
    return len(wanted) == len(levels)


def covers(outer: str, inner: str) -> bool:
    """Whether every topic that `inner` matches is matched by `outer` too; both are filters."""
    if inner[:1] == "$" and outer[:1] in ("+", "#"):
        return False
    wanted, levels = outer.split("/"), inner.split("/")
    for at, level in enumerate(wanted):
        if level == "#":
            return True
        if at >= len(levels) or levels[at] == "#":
            return False
        if level not in ("+", levels[at]):
            return False
    return len(wanted) == len(levels)
