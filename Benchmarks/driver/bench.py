"""Runs the benchmark rows on all sides, alternately, and reports the ratios.

A row is measured in alternating batches of equal wall time: ours, PyTorch's, PyTorch's, ours, ... The figure of a side is the
median of its batches; a peer's ratio is its time / ours (above 1: SwiftTorch is faster), and its noise is half the interquartile
range of the ratios of neighbouring batches. Rows of models are measured against torch.compile too, predictions against ONNX
Runtime; the ratio that counts is that against the faster of PyTorch's two forms. The results of all sides are compared before
anything is timed.
"""

import argparse
import json
import math
import os
import platform
import re
import shlex
import statistics
import sys
import time

import report
from sides import Side, SideError

# The checks of a row may differ by this part of the largest of them: float32 rounding, accumulated in different orders.
TOLERANCES = {"step": 5e-3, "train": 5e-3, "infer": 1e-3, "conv2d": 1e-4, "matmul": 1e-4}
DEFAULT_TOLERANCE = 2e-5
PEERS = ("pytorch", "compile", "onnxruntime")


def disagreement(row, ours, theirs):
    """None when the checks of both sides agree, else what differs."""
    tolerance = TOLERANCES.get(row.split("/")[0], DEFAULT_TOLERANCE)
    if len(ours) != len(theirs):
        return f"{len(ours)} checks against {len(theirs)}"
    scale = max((abs(value) for value in theirs), default=0.0)
    for index, (a, b) in enumerate(zip(ours, theirs)):
        # Written so that a NaN on either side is a disagreement.
        if not abs(a - b) <= tolerance * scale:
            return f"check {index} is {a:.7g} against {b:.7g}"
    return None


def quartiles(values):
    return statistics.quantiles(values, n=4, method="inclusive")


def measure(row, ours, peers, options):
    """One row, alternating; `peers` are the sides that have it."""
    request = {"row": row, "threads": options.threads, "seconds": options.batch}
    first = ours.ask(request)  # Prepares, warms up; this batch does not count.
    sides, problems = [ours], {}
    for peer in peers:
        try:
            problem = disagreement(row, first["checks"], peer.ask(request)["checks"])
            if problem:
                problems[peer.name] = f"results differ: {problem}"
            sides.append(peer)
        except SideError as error:
            problems[peer.name] = str(error)
    times = {side.name: [] for side in sides}
    for turn in range(options.alternations):
        # Who begins changes, so that no side always runs on what the same other left behind.
        for side in sides[:: 1 if turn % 2 == 0 else -1]:
            # Threads of the other side spin for a moment after their last batch.
            time.sleep(0.02)
            times[side.name].append(side.ask(request)["ns"])
    own = times.pop(ours.name)
    result = {"row": row, "ours_ns": statistics.median(own), "batches_ours_ns": own, "peers": {}, "problems": problems}
    for name, batches in times.items():
        low, _, high = quartiles([b / a for a, b in zip(own, batches)])
        ratio = statistics.median(batches) / result["ours_ns"]
        result["peers"][name] = {
            "ns": statistics.median(batches), "ratio": ratio, "noise": (high - low) / 2 / ratio, "batches_ns": batches}
    return result


def ratio(result, against=("pytorch", "compile")):
    """The ratio against the fastest of some peers that had the row and the same results; None without one."""
    known = [p["ratio"] for name, p in result.get("peers", {}).items() if name in against and name not in result["problems"]]
    return min(known) if known else None


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))


# Groups of rows that are no single ops.
OTHER_GROUPS = ("train", "infer", "step", "data", "optim", "optim-fused")
# What is summed up, against whom, and the least ratio of a row.
SUMMARIES = {
    "ops": (lambda group: group not in OTHER_GROUPS, ("pytorch",), 1.0),
    "model training": (lambda group: group == "train", ("pytorch", "compile"), 1.1),
    "inference": (lambda group: group == "infer", ("pytorch", "compile"), 1.4),
    "inference, ONNX Runtime": (lambda group: group == "infer", ("onnxruntime",), 1.0),
}


def summaries(results):
    """For each group, and each entry of SUMMARIES: the geometric mean of the ratios, and the rows that fall short."""
    groups, found = {}, {}
    for result in results:
        if ratio(result):
            groups.setdefault(result["row"].split("/")[0], []).append(ratio(result))
    for name, (takes, against, least) in SUMMARIES.items():
        ratios = {r["row"]: ratio(r, against) for r in results if takes(r["row"].split("/")[0]) and ratio(r, against)}
        if ratios:
            short = {row: value for row, value in ratios.items() if value < least}
            found[name] = {"mean": geometric_mean(ratios.values()), "rows": len(ratios), "least": least, "short": short}
    return {name: geometric_mean(values) for name, values in groups.items()}, found


def memory(rows, sides, lists, options):
    """The peak memory of the rows of models, of each side in processes of their own."""
    found = []
    for row in rows:
        if row.split("/")[0] not in ("train", "infer"):
            continue
        entry = {"row": row, "sides": {}, "problems": {}}
        for side in sides:
            if side.name == "compile" or row not in lists[side.name]:
                continue
            try:
                entry["sides"][side.name] = side.memory(row, options.threads)
            except SideError as error:
                entry["problems"][side.name] = str(error)
        found.append(entry)
        if len(found) == 1:
            print(report.memory_header())
        print(report.memory_line(entry), flush=True)
    return found


def accuracy(row, sides):
    """A line with the errors of a row on each side; empty cells where a row has no single float32 result."""
    errors = {}
    for side in sides:
        try:
            errors[side.name] = side.ask({"row": row, "threads": 1, "accuracy": True})
        except SideError:
            pass
    return report.accuracy_line(row, errors)


def machine():
    model = platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), model)
    except OSError:
        pass
    return f"{model}, {len(os.sched_getaffinity(0))} processors, {platform.system()} {platform.release()}"


def arguments():
    parser = argparse.ArgumentParser(prog="Benchmarks/run", description="Measures SwiftTorch against PyTorch, row by row.")
    parser.add_argument("--only", metavar="PATTERN", default="", help="rows that match this regular expression")
    parser.add_argument("--peers", metavar="NAMES", default=",".join(PEERS), help=f"whom to measure against (default: {','.join(PEERS)})")
    parser.add_argument("--threads", type=int, default=2, help="threads of each side (default: 2)")
    parser.add_argument("--alternations", type=int, default=7, help="batches per side and row, at least 5 (default: 7)")
    parser.add_argument("--batch", type=float, default=0.1, metavar="SECONDS", help="length of a batch (default: 0.1)")
    parser.add_argument("--accuracy", action="store_true", help="the errors against float64 in place of times")
    parser.add_argument("--no-memory", action="store_true", help="leave out the peak memory of the models")
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    parser.add_argument("--html", metavar="FILE", help="write a page with bar charts there")
    parser.add_argument("--list", action="store_true", help="print the names of the rows and stop")
    parser.add_argument("--ours", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.threads < 1:
        parser.error("--threads must be at least 1")
    if options.alternations < 5:
        parser.error("--alternations must be at least 5, or the noise is not known")
    if not 0.01 <= options.batch <= 10:
        parser.error("--batch must lie between 0.01 and 10 seconds")
    options.peers = options.peers.split(",")
    for name in options.peers:
        if name not in PEERS:
            parser.error(f"--peers knows {', '.join(PEERS)}, not {name!r}")
    try:
        re.compile(options.only)
    except re.error as error:
        parser.error(f"--only {options.only!r} is not a regular expression: {error}")
    for path in filter(None, [options.json, options.html]):
        folder = os.path.dirname(path) or "."
        if not os.path.isdir(folder):
            parser.error(f"the folder of {path} does not exist")
    return options


def main():
    options = arguments()
    commands = dict(peer.split("=", 1) for peer in options.peer)
    ours = Side("swifttorch", shlex.split(options.ours))
    peers = [Side(name, shlex.split(commands[name])) for name in options.peers if name in commands]
    sides = [ours, *peers]
    try:
        known = ours.ask({"list": True})["rows"]
        rows = [row for row in known if re.search(options.only, row)]
        if not rows:
            sys.exit(f"no row matches --only {options.only!r}; --list prints their names")
        if options.list:
            print(*rows, sep="\n")
            return
        if options.accuracy:
            print(report.accuracy_header())
            for row in rows:
                print(accuracy(row, sides[:2]), flush=True)
            return
        lists = {side.name: side.ask({"list": True})["rows"] for side in sides}
        outcome = {
            "machine": machine(), "threads": options.threads, "alternations": options.alternations, "batch_seconds": options.batch}
        outcome["rows"] = run(rows, ours, peers, lists, options)
        outcome["groups"], outcome["summaries"] = summaries(outcome["rows"])
        print(report.summary(outcome))
        outcome["memory"] = [] if options.no_memory else memory(rows, sides, lists, options)
    except SideError as error:
        sys.exit(f"benchmarks: {error}")
    finally:
        for side in sides:
            side.stop()
    if options.json:
        with open(options.json, "w") as file:
            json.dump(outcome, file, indent=1)
    if options.html:
        with open(options.html, "w") as file:
            file.write(report.page(outcome))
    if any(result["problems"] for result in outcome["rows"]):
        sys.exit(1)


def run(rows, ours, peers, lists, options):
    results = []
    print(f"{machine()}; {options.threads} threads; ratio = the other side's time / SwiftTorch's time")
    print(report.header())
    for row in rows:
        try:
            result = measure(row, ours, [peer for peer in peers if row in lists[peer.name]], options)
        except SideError as error:
            result = {"row": row, "peers": {}, "problems": {ours.name: str(error)}}
        results.append(result)
        print(report.line(result), flush=True)
    return results


main()
