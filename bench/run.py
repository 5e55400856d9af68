#!/usr/bin/env python3
"""Postbus beside its peers, on both engines, in one run: medians of several rounds, and ratios.

Each round starts every stack anew on free ports of 127.0.0.1 with fresh data, so that a slow minute of
the machine falls on all of them. Usage: run.py BIN BENCH_BIN OUT [flags]; --help lists them.
"""
import argparse
import os
import pathlib
import signal
import sys
import tempfile
import time

import builds
import events
import orders
import peers
import scaling
from engine import ENGINES
from report import report
from tables import bad_answers, machine

ORDERS = {"SQLite": 20_000, "PostgreSQL": 5_000}  # some seconds of each
SECTIONS = ("peers", "scaling", "engines", "orders", "events")


def orders_each(arguments):
    """How many orders a round places as fast as they go."""
    return {name: arguments.orders or count for name, count in ORDERS.items()}


def runs_of(arguments):
    """{section: {name: measurement}}, in the order in which a round goes."""
    bin_dir, bench_dir, seconds = arguments.bin.resolve(), arguments.bench_bin.resolve(), arguments.seconds
    engines = {e.name: e for e in ENGINES if e.name in arguments.engines}
    return {
        "peers": {
            "Postbus": lambda d: peers.postbus(bin_dir, d, seconds, ENGINES[0]),
            "nginx": lambda d: peers.nginx(bench_dir, d, seconds),
            "Express": lambda d: peers.express(d, seconds),
            "Postbus bus": lambda d: peers.bus_alone(bin_dir, bench_dir, d, seconds),
            "NATS": lambda d: peers.nats(bench_dir, d, seconds),
        },
        "scaling": {
            "1 order worker": lambda d: scaling.scaled(bin_dir, d, seconds, 1),
            "4 order workers": lambda d: scaling.scaled(bin_dir, d, seconds, 4),
            "no other services": lambda d: scaling.crowded(bin_dir, bench_dir, d, seconds, 0),
            "200 services more": lambda d: scaling.crowded(bin_dir, bench_dir, d, seconds, 200),
        },
        "engines": {
            f"users on {name}": lambda d, e=engine: peers.postbus(bin_dir, d, seconds, e)
            for name, engine in engines.items() if engine != ENGINES[0] or "peers" not in arguments.only},
        "orders": {
            f"orders on {name}": lambda d, e=engine: orders.measure(
                bin_dir, bench_dir, d, e, orders_each(arguments)[e.name], seconds)
            for name, engine in engines.items()},
        "events": {
            f"events on {name}": lambda d, e=engine: events.measure(bin_dir, bench_dir, d, e, arguments.events)
            for name, engine in engines.items()},
    }


def measured(name, run, number, arguments):
    print(f"round {number + 1} of {arguments.rounds}: {name}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="postbus-bench-") as folder:
        os.chmod(folder, 0o755)
        return run(folder)


def compare_builds(arguments):
    this, other = arguments.bin.resolve(), arguments.against.resolve()
    rounds = [{build: measured(build, run, number, arguments)
               for build, run in builds.in_turns(this, other, arguments.seconds, number).items()}
              for number in range(arguments.rounds)]
    return (f"# This build beside another\n\n{machine()}; {arguments.rounds} rounds of {arguments.seconds} s a "
            f"series, in turns; {time.strftime('%Y-%m-%d')}; command: `./dev bench --against DIR`.\n\n"
            f"{builds.table(rounds)}\n\n- answers that were not 2xx, or failed: {bad_answers(rounds)}\n")


def compare_all(arguments):
    sections = {name: [] for name in SECTIONS if name in arguments.only}
    runs = runs_of(arguments)
    for number in range(arguments.rounds):
        for section, rounds in sections.items():
            rounds.append({name: measured(name, run, number, arguments) for name, run in runs[section].items()})
    return report(sections, arguments, orders_each(arguments))


def words(known):
    def split(text):
        given = text.split(",")
        for word in given:
            if word not in known:
                raise argparse.ArgumentTypeError(f"unknown '{word}'; known: {', '.join(known)}")
        return given
    return split


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bin", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("bench_bin", type=pathlib.Path, help="folder of the load generators and peers")
    parser.add_argument("out", type=pathlib.Path, help="file for the table")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="a series")
    names = [e.name for e in ENGINES]
    parser.add_argument("--only", type=words(SECTIONS), default=list(SECTIONS), metavar="A,B",
                        help=f"some of: {', '.join(SECTIONS)}")
    parser.add_argument("--engines", type=words(names), default=names, metavar="A,B",
                        help=f"some of: {', '.join(names)}")
    parser.add_argument("--orders", type=int, metavar="N", help="orders as fast as they go, such as 100000; default: "
                        + ", ".join(f"{n} on {name}" for name, n in ORDERS.items()))
    parser.add_argument("--events", type=int, default=100_000, metavar="N", help="that wait for the consumer")
    parser.add_argument("--against", type=pathlib.Path, metavar="DIR",
                        help="nothing but this build and that in DIR (a folder of its programs), in turns")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    text = compare_builds(arguments) if arguments.against else compare_all(arguments)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text, encoding="utf-8")
    print(text)
    print(f"written to {arguments.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
