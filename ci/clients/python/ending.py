"""So that no process outlives the one that started it, however that ends."""

import ctypes
import signal


def end_with_parent():
    """Has this process end when the one that started it does."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
