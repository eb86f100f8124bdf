import ctypes
import os

from benchmarks.daemon import resident_mib
from mused.daemon.hearing.memory import give_back


def test_freed_memory_goes_back_to_the_system() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    pieces = [libc.malloc(5000) for _ in range(20_000)]
    for piece in pieces:
        ctypes.memset(piece, 1, 5000)
    for piece in pieces[:-1]:  # the last one keeps glibc from doing it by itself
        libc.free(piece)
    before = resident_mib(os.getpid())
    give_back()
    assert resident_mib(os.getpid()) < before - 70
    libc.free(pieces[-1])
