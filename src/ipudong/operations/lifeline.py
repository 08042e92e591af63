"""A process that must not outlive the one that started it."""

import ctypes
import os
import signal
import sys

# prctl(2): the kernel sends this signal when the thread that forked us ends.
PR_SET_PDEATHSIG = 1


def die_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel for `number` when our parent dies, and end at once if it already did.

    Only Linux has this; elsewhere a killed supervisor leaves its parts to the operator.
    """
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number))
    if os.getppid() != parent:
        os.kill(os.getpid(), number)
