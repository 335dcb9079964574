"""Runs the benchmark rows on both sides, alternately, and reports the ratios.

Both sides are processes that answer one request per line (see peers/bench_torch.py). They stay alive for the whole run; while
one measures, the other sleeps in a read. A row is measured in alternating batches of equal wall time: ours, theirs, theirs,
ours, ... The figure of a side is the median of its batches; the ratio is theirs / ours (above 1: SwiftTorch is faster), and
its noise is half the interquartile range of the ratios of neighbouring batches.
"""

import argparse
import json
import math
import os
import platform
import re
import select
import shlex
import subprocess
import statistics
import sys
import time

import report

# The checks of a row may differ by this part of the largest of them: float32 rounding, accumulated in different orders.
TOLERANCES = {"step": 5e-3, "conv2d": 1e-4, "matmul": 1e-4}
DEFAULT_TOLERANCE = 2e-5
# A ratio that varies by more than this is marked.
NOISY = 0.05
# A side that has not answered by then is taken for stuck.
ANSWER_SECONDS = 300


class SideError(Exception):
    """A side could not serve a row; the text says why."""


class Side:
    """One of the two processes."""

    def __init__(self, name, command):
        self.name, self.command, self.process = name, command, None

    def ask(self, request):
        if self.process is None or self.process.poll() is not None:
            try:
                self.process = subprocess.Popen(
                    self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
                )
            except OSError as error:
                raise SideError(f"{self.name}: cannot start {self.command[0]}: {error.strerror}") from None
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # It ended at once; the read below tells how.
        ready, _, _ = select.select([self.process.stdout], [], [], ANSWER_SECONDS)
        if not ready:
            self.stop()
            raise SideError(f"{self.name}: no answer within {ANSWER_SECONDS} s")
        line = self.process.stdout.readline()
        if not line:
            raise SideError(f"{self.name}: ended with status {self.process.wait()}")
        try:
            reply = json.loads(line)
        except ValueError:
            raise SideError(f"{self.name}: answered {line.strip()!r}, which is not JSON") from None
        if "error" in reply:
            raise SideError(f"{self.name}: {reply['error']}")
        return reply

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()


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


def measure(row, sides, options):
    """One row, alternating."""
    request = {"row": row, "threads": options.threads, "seconds": options.batch}
    replies = [side.ask(request) for side in sides]  # Prepares, warms up; this batch does not count.
    problem = disagreement(row, replies[0]["checks"], replies[1]["checks"])
    times = [[], []]
    for turn in range(options.alternations):
        # Who begins changes, so that neither side always runs on what the other left behind.
        for side, own in list(zip(sides, times))[:: 1 if turn % 2 == 0 else -1]:
            # Threads of the other side spin for a moment after their last batch.
            time.sleep(0.02)
            own.append(side.ask(request)["ns"])
    ours, theirs = (statistics.median(own) for own in times)
    low, _, high = quartiles([b / a for a, b in zip(*times)])
    ratio = theirs / ours
    return {
        "row": row,
        "ours_ns": ours,
        "theirs_ns": theirs,
        "ratio": ratio,
        "noise": (high - low) / 2 / ratio,
        "batches_ours_ns": times[0],
        "batches_theirs_ns": times[1],
        "problem": problem,
    }


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))


def groups(results):
    """The geometric mean of the ratios of each group of rows that both sides could run with equal results."""
    ratios = {}
    for result in results:
        if result.get("ratio") and not result["problem"]:
            ratios.setdefault(result["row"].split("/")[0], []).append(result["ratio"])
    return {name: geometric_mean(values) for name, values in ratios.items()}


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
    parser.add_argument("--threads", type=int, default=2, help="threads of each side (default: 2)")
    parser.add_argument("--alternations", type=int, default=7, help="batches per side and row, at least 5 (default: 7)")
    parser.add_argument("--batch", type=float, default=0.1, metavar="SECONDS", help="length of a batch (default: 0.1)")
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    parser.add_argument("--html", metavar="FILE", help="write a page with a bar chart there")
    parser.add_argument("--list", action="store_true", help="print the names of the rows and stop")
    parser.add_argument("--ours", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--theirs", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.threads < 1:
        parser.error("--threads must be at least 1")
    if options.alternations < 5:
        parser.error("--alternations must be at least 5, or the noise is not known")
    if not 0.01 <= options.batch <= 10:
        parser.error("--batch must lie between 0.01 and 10 seconds")
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
    sides = [Side("swifttorch", shlex.split(options.ours)), Side("pytorch", shlex.split(options.theirs))]
    try:
        rows = sides[1].ask({"list": True})["rows"]
        rows = [row for row in rows if re.search(options.only, row)]
        if not rows:
            sys.exit(f"no row matches --only {options.only!r}; --list prints their names")
        if options.list:
            print(*rows, sep="\n")
            return
        results = run(rows, sides, options)
    except SideError as error:
        sys.exit(f"benchmarks: {error}")
    finally:
        for side in sides:
            side.stop()
    outcome = {
        "machine": machine(),
        "threads": options.threads,
        "alternations": options.alternations,
        "batch_seconds": options.batch,
        "rows": results,
        "groups": groups(results),
    }
    if options.json:
        with open(options.json, "w") as file:
            json.dump(outcome, file, indent=1)
    if options.html:
        with open(options.html, "w") as file:
            file.write(report.page(outcome))
    if any(result["problem"] for result in results):
        sys.exit(1)


def run(rows, sides, options):
    results = []
    print(f"{machine()}; {options.threads} threads; ratio = PyTorch's time / SwiftTorch's time")
    print(report.header())
    for row in rows:
        try:
            result = measure(row, sides, options)
        except SideError as error:
            result = {"row": row, "problem": str(error)}
        results.append(result)
        print(report.line(result, NOISY), flush=True)
    print()
    for name, mean in groups(results).items():
        print(f"{name:32} geometric mean of the ratios {mean:6.2f}x")
    return results


main()
