"""Two builds in turns in one run: did a change make it faster or slower?"""
import statistics

from stack import Stack, get_series, wait_for, wrk

SERIES = [("GET /users, 1 connection, requests/s", "get 1", "rate"),
          ("GET /users, 1 connection, p50 µs", "get 1", "p50"),
          ("GET /users, 64 connections, requests/s", "get 64", "rate"),
          ("GET /users, 256 connections, requests/s", "get 256", "rate"),
          ("POST /users, 256 connections, durable, requests/s", "post 256", "rate")]


def measure(bin_dir, folder, seconds):
    with Stack(folder) as stack:
        url = stack.start_postbus(bin_dir).url + "/users"
        wait_for(url)
        result = get_series(url, seconds)
        result["post 256"] = wrk(url, 256, seconds, "post_users.lua")
        return result


def in_turns(this, other, seconds, number):
    """The measurements of one round: who is first changes from round to round."""
    runs = [("this build", lambda d: measure(this, d, seconds)), ("the other", lambda d: measure(other, d, seconds))]
    return dict(runs if number % 2 == 0 else reversed(runs))


def table(rounds):
    lines = ["| | this build | the other | ratio of medians | ratios of the rounds |", "|---" * 5 + "|"]
    for title, what, figure in SERIES:
        this, other = ([r[build][what][figure] for r in rounds] for build in ("this build", "the other"))
        ratios = [a / b for a, b in zip(this, other)]
        mine, its = statistics.median(this), statistics.median(other)
        lines.append(f"| {title} | {mine:,.0f} | {its:,.0f} | {mine / its:.2f} "
                     f"| {min(ratios):.2f} to {max(ratios):.2f} |")
    return "\n".join(lines)
