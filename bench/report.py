"""What the measurements come to, as Markdown."""
import sys
import time

import events
import orders
from tables import bad_answers, machine, median, side_by_side

PROGRAMS = ["postbus-gateway", "postbus-broker", "postbus-users", "postbus-orders", "postbus-catalog",
            "postbus-payments", "postgres", "clients and observer"]


def peers_report(rounds):
    http = [(f"GET /users, {n} connection{'s' * (n > 1)}, requests/s", f"get {n}", "rate") for n in (1, 64, 256)]
    http += [("GET /users, 1 connection, p50 µs", "get 1", "p50"),
             ("GET /users, 64 connections, CPU µs a request", "get 64", "cpu_us"),
             ("POST /users, 256 connections, durable, requests/s", "post 256", "rate")]
    calls = [(f"request/reply, 100 bytes, {n} in flight, calls/s", f"call {n}", "rate") for n in (1, 64, 400)]
    calls += [("request/reply, 1 in flight, p50 µs", "call 1", "p50")]
    post = median(rounds, "Postbus", "post 256", "rate") / median(rounds, "Postbus", "get 256", "rate")
    return [
        side_by_side(rounds, ["Postbus", "nginx", "Express"], http, ("Postbus", "nginx")),
        side_by_side(rounds, ["Postbus bus", "NATS"], calls, ("Postbus bus", "NATS")),
        f"- POST / GET at 256 connections: {post:.2f}\n"
        f"- idle stack, proportional set size: {median(rounds, 'Postbus', 'idle', 'mb'):.1f} MB\n"
        f"- from start to the first answer: {median(rounds, 'Postbus', 'idle', 'ready_s'):.2f} s",
    ]


def scaling_report(rounds):
    lines = ["| 64 connections | requests/s | CPU µs a request |", "|---|---|---|"]
    for who in rounds[0]:
        for what, operation in (("read", "GET /orders/1" if "worker" in who else "GET /users"),
                                ("write", "POST /orders")):
            rate, cpu = (median(rounds, who, what, figure) for figure in ("rate", "cpu_us"))
            if rate is not None:
                lines.append(f"| {operation}, {who} | {rate:,.0f} | {cpu:.1f} |")
    return ["\n".join(lines)]


def engines_report(rounds, engines, orders_each):
    together = [{name: {what: figures for who, all_series in r.items() if who.endswith(" on " + name)
                        for what, figures in all_series.items()} for name in engines} for r in rounds]
    steady, light = f"{orders.STEADY_RATE} orders/s", f"{orders.LIGHT_RATE} orders/s"
    rows = [*((f"GET /users, {n} connection{'s' * (n > 1)}, requests/s", f"get {n}", "rate") for n in (1, 64, 256)),
            ("POST /users, 256 connections, requests/s", "post 256", "rate"),
            ("orders complete a second, as many as go (64 connections)", "saturated", "rate"),
            ("– from POST to confirmed, p50 ms", "saturated", "p50"),
            ("– p99 ms", "saturated", "p99"),
            (f"{steady}, from POST to the confirmed order, p50 ms", "steady", "p50"),
            ("– p99 ms", "steady", "p99"),
            (f"{light}, from POST to the confirmed order, p50 ms", "light", "p50"),
            ("– p99 ms", "light", "p99"),
            (f"events consumed a second, while {events.ARRIVING:,} more come", "events", "rate")]
    rows = [row for row in rows if any(median(together, name, row[1], row[2]) is not None for name in engines)]
    out = [side_by_side(together, engines, rows)]
    for thing in ("order", "event"):
        cpu = [(p, f"cpu an {thing}", p) for p in PROGRAMS
               if any((median(together, name, f"cpu an {thing}", p) or 0) >= 0.05 for name in engines)]
        if cpu:
            out.append(side_by_side(together, engines, cpu).replace("| |", f"| CPU µs an {thing} |", 1))
    if any(who.startswith("orders") for who in rounds[0]):
        each = ", ".join(f"{orders_each[name]:,} on {name}" for name in engines)
        out.append(f"- orders as fast as they go: {each} a round; `postbus audit --settled` after each round: clean")
    return out


def report(sections, arguments, orders_each):
    command = " ".join(["./dev bench", *sys.argv[4:]])
    out = [f"{machine()}; medians of {arguments.rounds} rounds of {arguments.seconds} s a series; "
           f"{time.strftime('%Y-%m-%d')}; command: `{command}`. The load generators share the cores."]
    if "peers" in sections:
        out += ["# Postbus beside its peers", *peers_report(sections["peers"])]
    if "scaling" in sections:
        out += ["# More workers, more services", *scaling_report(sections["scaling"])]
    on_engines = [sections[name] for name in ("engines", "orders", "events") if name in sections]
    if on_engines:
        rounds = [{who: figures for part in parts for who, figures in part.items()} for parts in zip(*on_engines)]
        if "engines" in sections and "peers" in sections:  # that was the same measurement
            for one, among_peers in zip(rounds, sections["peers"]):
                one["users on SQLite"] = among_peers["Postbus"]
        out += ["# Postbus on its two engines", *engines_report(rounds, arguments.engines, orders_each)]
    out.append("- answers that were not as they should be, or failed: "
               + bad_answers([r for rounds in sections.values() for r in rounds]))
    return "\n\n".join(out) + "\n"
