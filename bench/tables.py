"""Tables of medians. Results: rounds, each {who: {what: {figure: number}}}."""
import os
import pathlib
import platform
import re
import statistics


def median(rounds, who, what, figure):
    values = [r[who][what][figure] for r in rounds if figure in r.get(who, {}).get(what, {})]
    return statistics.median(values) if values else None


def shown(number):
    if number is None:
        return "–"
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"


def side_by_side(rounds, columns, rows, ratio_of=None):
    """`columns`: who; `rows`: (title, what, figure); `ratio_of`: two columns whose ratio stands last."""
    last = [" / ".join(ratio_of)] if ratio_of else []
    lines = ["| | " + " | ".join([*columns, *last]) + " |", "|---" * (len(columns) + len(last) + 1) + "|"]
    for title, what, figure in rows:
        cells = {who: median(rounds, who, what, figure) for who in columns}
        line = [title, *map(shown, cells.values())]
        if ratio_of:
            mine, other = (cells[who] for who in ratio_of)
            line.append(f"{mine / other:.2f}" if mine is not None and other else "–")
        lines.append("| " + " | ".join(line) + " |")
    return "\n".join(lines)


def bad_answers(rounds):
    """Which series had answers that were not as they should be, or failed."""
    found = {}
    for results in rounds:
        for who, all_series in results.items():
            for what, figures in all_series.items():
                if figures.get("bad"):
                    found[f"{who}, {what}"] = found.get(f"{who}, {what}", 0) + figures["bad"]
    return "; ".join(f"{where}: {count}" for where, count in found.items()) or "none"


def machine():
    model = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text("ascii"), re.M)
    return (f"{os.cpu_count()} cores ({model.group(1) if model else platform.machine()}), "
            f"{platform.system()} {platform.release().split('-')[0]}")
