"""The clock jumps while a picture is painted; what lasts is measured by another one.

Setting the machine's own clock would confuse everybody on it, so a library is laid over the clock
of the daemon and its children. (libfaketime 0.9.10 cannot be it: it breaks `clock_nanosleep`, on
which `time.sleep` rests.) Times of files stay those of the kernel.
"""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mused.art.picture import read_recipe

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")

DAY = 86_400
LIBRARY = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static volatile long *offset;

__attribute__((constructor)) static void open_offset(void) {
    int file = open(getenv("MUSED_TEST_CLOCK"), O_RDONLY | O_CLOEXEC);
    offset = mmap(0, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += *offset;
    return failed;
}

time_t time(time_t *kept) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (kept) *kept = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *kept, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    kept->tv_sec = now.tv_sec;
    kept->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""


class Clock:
    """The time of day of the daemon and its children; the monotonic clock is left alone."""

    def __init__(self, folder: Path) -> None:
        self._offset = folder / "offset"
        self._library = folder / "clock.so"
        self.jump(0)
        source = folder / "clock.c"
        source.write_text(LIBRARY)
        command = ["gcc", "-shared", "-fPIC", "-o", str(self._library), str(source), "-ldl"]
        subprocess.run(command, check=True)

    def jump(self, seconds: int) -> None:
        """Be so far from the real time from now on."""
        with self._offset.open("r+b" if self._offset.exists() else "wb") as file:
            file.write(seconds.to_bytes(8, "little", signed=True))

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self._library), "MUSED_TEST_CLOCK": str(self._offset)}


@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_a_clock_that_jumps_in_mid_painting(
    household: Callable[..., Any], tmp_path: Path, jump: int
) -> None:
    clock = Clock(tmp_path)
    home = household(painting={"steps": 4}, environment=clock.environment)
    home.start()
    first = home.client.submit("a red boat", {"steps": 30})
    with home.held_in_mid_painting():
        clock.jump(jump)
        second = home.client.submit("a blue boat")
    (home.inbox / "hill.txt").write_text("a green hill\n")
    apart = second["created"] - first["created"]
    assert apart == pytest.approx(jump, abs=60)
    for prompt in ("a red boat", "a blue boat", "a green hill"):
        assert home.event("picture").data["prompt"] == prompt
    jobs = home.client.jobs()
    assert {(each["status"], each["attempts"]) for each in jobs} == {("done", 1)}
    clock.jump(0)
    last = home.client.submit("a white house")
    assert home.event("picture").data["prompt"] == "a white house"
    assert read_recipe(Path(home.client.job(last["id"])["picture"])).prompt == "a white house"
    home.wait_for(lambda: len(list((home.home / "said").glob("*.wav"))) == 4, 10)
    assert "again" not in home.log
    assert home.stop() == 0


def test_a_job_of_tomorrow_is_taken_up_yesterday(
    household: Callable[..., Any], tmp_path: Path
) -> None:
    """A machine without a battery for its clock: killed, and started again long before."""
    clock = Clock(tmp_path)
    home = household(painting={"steps": 5000}, environment=clock.environment)
    home.start()
    home.client.submit("a red boat")
    while home.event("job.progress").data["step"] == 1:
        pass
    home.wait_for(lambda: list((home.home / "state" / "work").glob("*.ckpt")), 20)
    home.kill()
    clock.jump(-DAY)
    home.start()
    assert home.event("job.progress").data["step"] > 1, "it is painted on"
    assert home.client.job(1)["attempts"] == 1
    assert home.client.cancel(1)
    later = home.client.submit("a blue boat", {"steps": 4})
    assert home.event("job.done").data["job"] == later["id"] == 2
    assert home.client.job(1)["status"] == "cancelled"
    assert home.stop() == 0
