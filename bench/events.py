"""Durable events: how fast a consumer works off what came while it was away.

Orders reads the users' log. It is stopped while users are made; then it starts again, and while it
catches up more users come. Its cursor is in its own database and moves in the transaction of the effects.
"""
import time

from orders import answers_of, post_load
from stack import Postbus, Stack, cpu_by_program, free_port, wait_for, wait_until

USER = '{"name":"Carol"}'
ARRIVING = 2000        # a second, while it catches up
LOOK_S = 0.01
PATIENCE_S = 120


class Shop:
    """The stack, started one by one as by hand: `postbus up` would start what is stopped."""

    def __init__(self, stack, bin_dir, environment):
        http, bus = f"127.0.0.1:{free_port()}", f"tcp://127.0.0.1:{free_port(2)}"
        where = ["--bus", bus, "--data", stack.folder + "/data"]
        self.start_worker = lambda name: stack.start(bin_dir / f"postbus-{name}", *where, env=environment)
        self.parts = [stack.start(bin_dir / "postbus-broker", "--bus", bus),
                      *map(self.start_worker, ("users", "catalog", "payments")),
                      stack.start(bin_dir / "postbus-gateway", "--bus", bus, "--http", http)]
        self.up = Postbus(self.parts[0].pid, f"http://{http}", bus)


def head(engine):
    return int(engine.query("users", "SELECT head FROM postbus_event_log")[0][0])


def cursor(engine):
    rows = engine.query("orders", "SELECT seq FROM postbus_cursors WHERE source = 'users'")
    return int(rows[0][0]) if rows else 0


def seen_beyond(engine, seq):
    """When the cursor is beyond `seq`, and where it is then."""
    at = wait_until(lambda: max(cursor(engine) - seq, 0), f"events beyond {seq}", PATIENCE_S, LOOK_S)
    return time.monotonic(), at + seq


def measure(bin_dir, bench_dir, folder, engine_type, backlog):
    with engine_type(folder) as engine, Stack(folder) as stack:
        shop = Shop(stack, bin_dir, engine.environment())
        orders = shop.start_worker("orders")
        for path in ("/users", "/orders/1"):
            wait_for(shop.up.url + path)
        wait_until(lambda: cursor(engine) == head(engine) > 0, "the sample users")
        orders.terminate()
        orders.wait()

        made = answers_of(post_load(bench_dir, shop.up, "/users", USER, connections=256, count=backlog))
        stopped_at, waiting = cursor(engine), head(engine)
        arriving = post_load(bench_dir, shop.up, "/users", USER, connections=64, count=10**6, rate=ARRIVING)
        orders = shop.start_worker("orders")
        began, first = seen_beyond(engine, stopped_at)
        pids = [*(p.pid for p in (*shop.parts, orders)), *engine.pids()]
        before = cpu_by_program(pids)
        ended, last = seen_beyond(engine, waiting - 1)
        after = cpu_by_program(pids)
        wait_until(lambda: cursor(engine) >= head(engine) - ARRIVING // 10, "catching up", PATIENCE_S, LOOK_S)
        caught_up = time.monotonic()
        arriving.terminate()
        more = answers_of(arriving)
        took = max(a.answered for a in more) - min(a.sent for a in more)
        cpu = {name: (after[name] - before[name]) * 1e6 / (last - first) for name in before}
        return {"events": {"rate": (last - first) / (ended - began), "arriving": len(more) / took,
                           "caught_up_s": caught_up - began, "bad": sum(a.code != 201 for a in made + more)},
                "cpu an event": cpu}
