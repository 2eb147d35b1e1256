"""A device on its own CPU: a second thread, which runs machine code and no Python."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from bench.worker.cell_memory import Scene
from bench.worker.memory import Arena, function
from strategies.linux.structs import USED_F_NO_NOTIFY, VIRTQUEUE, VRING_USED

STOP_WORDS, STOP = 24, 12  # the word has a cache line before it and one after it to itself


@contextmanager
def far_device(arena: Arena, scene: Scene, cpu: int) -> Iterator[None]:
    """Serve a scene's ring from another CPU; kicks do not notify the device, which polls."""
    stop = np.zeros(STOP_WORDS, np.uint64)
    serve = function(scene.far_device, 2)

    def run() -> None:
        os.sched_setaffinity(0, {cpu})  # of this thread alone
        serve(scene.vq, stop.ctypes.data + 8 * STOP)  # ctypes releases the GIL

    used = arena.view(int(arena.view(scene.vq, VIRTQUEUE)[0]["used"]), VRING_USED)
    used["flags"] = USED_F_NO_NOTIFY
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop[STOP] = 1
        thread.join()
        used["flags"] = 0
