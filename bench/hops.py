#!/usr/bin/env python3
"""Where the time of one GET /users goes, hop by hop.

Three answers at one connection, each a part of the next: /livez (HTTP and the gateway alone), the bus
alone (caller, broker, worker that echoes), GET /users (all of it, with the database). Then, at 1, 64
and 256 connections, what every thread costs: its CPU time and how often it slept, a request.
Usage: hops.py BIN BENCH_BIN OUT [--seconds N]
"""
import argparse
import os
import pathlib
import re
import signal
import sys
import tempfile
import time

from peers import bus_alone
from stack import Stack, wait_for, wrk
from tables import machine

CONNECTIONS = (1, 64, 256)
TICK_US = 1e6 / os.sysconf("SC_CLK_TCK")


def threads(pids):
    """{(program, thread): (user µs, system µs, sleeps)}"""
    found = {}
    for pid in pids:
        program = pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            name = (task / "comm").read_text(encoding="ascii").strip()
            fields = (task / "stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
            status = (task / "status").read_text(encoding="ascii")
            sleeps = int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.M).group(1))
            title = "its own thread" if name == program else "ZeroMQ's I/O thread"
            before = found.get((program, title), (0, 0, 0))
            now = (int(fields[11]) * TICK_US, int(fields[12]) * TICK_US, sleeps)
            found[program, title] = tuple(a + b for a, b in zip(before, now))
    return found


def costs(url, connections, seconds, pids):
    before = threads(pids)
    rate = wrk(url, connections, seconds)["rate"]
    after = threads(pids)
    requests = rate * seconds
    return {key: tuple((b - a) / requests for a, b in zip(before[key], after[key])) for key in before}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bin", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("bench_bin", type=pathlib.Path, help="folder of the load generators")
    parser.add_argument("out", type=pathlib.Path, help="file for the tables")
    parser.add_argument("--seconds", type=int, default=5, help="a series; default: 5")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bin_dir, seconds = arguments.bin.resolve(), arguments.seconds

    lines = ["# Where the time of GET /users goes", "", f"{machine()}; series of {seconds} s; "
             f"{time.strftime('%Y-%m-%d')}; command: `./dev hops`.", ""]
    with tempfile.TemporaryDirectory(prefix="postbus-hops-") as folder:
        bus = bus_alone(bin_dir, arguments.bench_bin.resolve(), folder, seconds, (1,))
    with tempfile.TemporaryDirectory(prefix="postbus-hops-") as folder, Stack(folder) as stack:
        up = stack.start_postbus(bin_dir)
        wait_for(up.url + "/users")
        wrk(up.url + "/users", 16, 1)
        http = wrk(up.url + "/livez", 1, seconds)["p50"]
        whole = wrk(up.url + "/users", 1, seconds)["p50"]
        lines += ["| one request at a time | p50 µs |", "|---|---|",
                  f"| HTTP and the gateway alone (`/livez`) | {http:.0f} |",
                  f"| the bus alone (caller, broker, worker that echoes) | {bus['call 1']['p50']:.0f} |",
                  f"| `GET /users`, all of it | {whole:.0f} |", ""]
        series = {n: costs(up.url + "/users", n, seconds, up.pids()) for n in CONNECTIONS}
    lines += ["| CPU µs a request, user + system (sleeps) | " +
              " | ".join(f"{n} connections" for n in CONNECTIONS) + " |", "|---" * 4 + "|"]
    for key in series[1]:
        if max(sum(series[n][key][:2]) for n in CONNECTIONS) < 0.05:
            continue
        cells = (f"{u:.1f} + {s:.1f} ({z:.2f})" for u, s, z in (series[n][key] for n in CONNECTIONS))
        lines.append(f"| {key[0]}, {key[1]} | " + " | ".join(cells) + " |")
    totals = (sum(sum(c[:2]) for c in series[n].values()) for n in CONNECTIONS)
    lines.append("| all | " + " | ".join(f"{t:.1f}" for t in totals) + " |")
    text = "\n".join(lines) + "\n"
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text, encoding="utf-8")
    print(text)
    print(f"written to {arguments.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
