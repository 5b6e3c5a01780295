"""What the C library keeps free goes back to the system."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import ROOT

from bot import heap

PROGRAM = """
import os, sys
from bot import heap
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
kept = [bytes(5000) for _ in range(30_000)]
full = resident()
last = kept[-1]
del kept
free = resident()
given = heap.give_back()
print(given, full - free, free - resident())
"""
"""150 MB in pieces that come from the heap; one that is kept lies behind all others."""


@pytest.mark.skipif(heap._trim() is None, reason="this C library cannot")
def test_what_is_free_below_what_is_still_used_goes_back() -> None:
    """The system would not get it by itself."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    given, before, after = done.stdout.split()
    assert given == "True"
    assert float(before) < 20
    assert float(after) > 100


def test_a_c_library_that_cannot_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: None) -> object:
        raise OSError("no such library")

    monkeypatch.setattr("ctypes.CDLL", missing)
    heap._trim.cache_clear()
    try:
        assert not heap.give_back()
    finally:
        heap._trim.cache_clear()
