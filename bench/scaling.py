"""What a request costs when there are more workers, or more services."""
from stack import Stack, wait_for, with_cost, wrk


def scaled(bin_dir, folder, seconds, workers):
    """Orders, with that many workers: what a request costs all processes together."""
    with Stack(folder) as stack:
        up = stack.start_postbus(bin_dir, "--scale", f"orders={workers}")
        wait_for(up.url + "/orders/1")
        wrk(up.url + "/orders/1", 16, 1)
        return {
            "read": with_cost(up.url + "/orders/1", 64, seconds, up.pids()),
            "write": with_cost(up.url + "/orders", 64, seconds, up.pids(), "post_orders.lua"),
        }


def crowded(bin_dir, bench_dir, folder, seconds, services):
    """GET /users, among that many other services that are registered and idle."""
    with Stack(folder) as stack:
        up = stack.start_postbus(bin_dir)
        wait_for(up.url + "/users")
        if services:
            stack.start(bench_dir / "bus-crowd", "--bus", up.bus, "--services", services)
            wait_for(f"{up.url}/crowd/{services}")
        wrk(up.url + "/users", 16, 1)
        return {"read": with_cost(up.url + "/users", 64, seconds, up.pids())}
