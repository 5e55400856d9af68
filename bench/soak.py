#!/usr/bin/env python3
"""Mixed load on the whole stack for some minutes: does it stay as it was?

Fails when a process's resident memory grows after the first minute, or its open files do, when the
slowest hundredth of the last minute takes over 1.5 times that of the second, when anything was
answered as it should not be, or when a process was restarted. Usage: soak.py BIN MINUTES
"""
import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

from stack import HERE, Stack, name_of, wait_for

CONNECTIONS = 32
GROWTH = 1.05        # of the resident memory, after the first minute,
GROWTH_MB = 1.0      # or this much: pages that come and go
SLOWER = 1.5


def resident_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"^VmRSS:\s+(\d+)", status, re.M).group(1)) / 1024


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def minute(url, seconds):
    out = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(HERE / "mixed.lua"), url],
                         capture_output=True, text=True, check=True).stdout
    bad, example = re.search(r"bad=(\d+) ?(.*)", out).groups()
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)),
        "p99_ms": int(re.search(r"p99_us=(\d+)", out).group(1)) / 1000,
        "bad": int(bad),
        "example": example,
    }


def failures(minutes, pids):
    found = []
    first, last = minutes[0], minutes[-1]
    for pid in pids:
        if pid not in last["mb"]:
            found.append(f"{first['name'][pid]} ({pid}) has ended")
            continue
        before, after = first["mb"][pid], last["mb"][pid]
        if after > max(before * GROWTH, before + GROWTH_MB):
            found.append(f"{first['name'][pid]} grew from {before:.1f} to {after:.1f} MB")
        if last["files"][pid] > first["files"][pid]:
            found.append(f"{first['name'][pid]} had {first['files'][pid]} files open, now {last['files'][pid]}")
    if len(minutes) > 2 and last["p99_ms"] > SLOWER * minutes[1]["p99_ms"]:
        found.append(f"p99 rose from {minutes[1]['p99_ms']:.2f} ms in the second minute to {last['p99_ms']:.2f} ms")
    for number, one in enumerate(minutes, 1):
        if one["bad"]:
            found.append(f"minute {number}: {one['bad']} wrong answers, such as: {one['example']}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bin", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("minutes", type=int, nargs="?", default=10, help="at least 2; default: 10")
    parser.add_argument("--seconds", type=int, default=60, help="in a minute; default: 60")
    arguments = parser.parse_args()
    if arguments.minutes < 2:
        parser.error("minutes: at least 2, for there is something to compare")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    minutes = []
    with tempfile.TemporaryDirectory(prefix="postbus-soak-") as folder, Stack(folder) as stack:
        up = stack.start_postbus(arguments.bin.resolve(), "--scale", "orders=2")
        wait_for(up.url + "/orders/1")
        pids = up.pids()
        for number in range(1, arguments.minutes + 1):
            now = minute(up.url, arguments.seconds)
            time.sleep(1)  # the clients have gone
            alive = up.pids()
            now["name"] = {pid: name_of(pid) for pid in alive}
            now["mb"] = {pid: resident_mb(pid) for pid in alive}
            now["files"] = {pid: open_files(pid) for pid in alive}
            minutes.append(now)
            memory = ", ".join(f"{now['name'][p].removeprefix('postbus-')} {now['mb'][p]:.1f}" for p in alive)
            print(f"minute {number}: {now['rate']:,.0f} requests/s, p99 {now['p99_ms']:.2f} ms; "
                  f"MB: {memory}; files: {sum(now['files'].values())}", flush=True)
        found = failures(minutes, pids)
    for one in found:
        print(f"soak: {one}")
    print("soak: failed" if found else "soak: steady")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
