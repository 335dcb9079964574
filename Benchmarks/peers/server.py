"""A peer of the benchmarks answers requests on standard input, one JSON object per line.

{"list": true}                                       -> {"rows": [...]}
{"row": "matmul/64", "threads": 2, "seconds": 0.1}   -> {"ns": ..., "iterations": ..., "checks": [...]}
{"row": "train/lenet", "threads": 2, "memory": true} -> {"base": ..., "peak": ...}
{"row": "matmul/64", "accuracy": true}               -> {"ulp": ..., "relative": ...}

The first request for a row makes its inputs, warms up and finds how many iterations fill that many seconds; the next
ones only repeat that batch. The memory of a row is asked of a process that did nothing before: the resident bytes before the row
was made, and the most there were while it ran three times. The accuracy is the largest error against float64, in units in the last
place and as a part of the largest element. A request that cannot be served is answered with {"error": "..."}.
"""

import json
import sys
import time


def timed(workload, count):
    start = time.perf_counter_ns()
    workload.body(count)
    return time.perf_counter_ns() - start


def resident_bytes(entry):
    """An entry of the process's status: VmRSS is what it has now, VmHWM the most it had."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith(entry + ":"))


class Server:
    """Serves `rows`, a dictionary of functions that make a workload; `set_threads` says how many threads it may use, `accuracy`
    tells how accurate a row is."""

    def __init__(self, rows, set_threads, accuracy=None):
        self.rows, self.set_threads, self.accuracy = rows, set_threads, accuracy
        self.key = None
        self.workload = None
        self.iterations = 1

    def prepare(self, row, threads, seconds):
        if self.workload is not None:
            self.workload.close()
        self.key, self.workload = None, None
        self.set_threads(threads)
        workload = self.rows[row]()
        # Doubles until a batch is long enough to be measured, then scales to the wanted time.
        count = 1
        while (elapsed := timed(workload, count)) < seconds * 0.25e9:
            count *= 2
        # A second look: the first one may have met a cold cache or a busy machine.
        for _ in range(2):
            self.iterations = max(1, round(count * seconds * 1e9 / elapsed))
            if elapsed >= seconds * 0.6e9:
                break
            count = self.iterations
            elapsed = timed(workload, count)
        self.key, self.workload = (row, threads, seconds), workload

    def memory(self, row, threads):
        self.set_threads(threads)
        base = resident_bytes("VmRSS")
        self.rows[row]().body(3)
        return {"base": base, "peak": resident_bytes("VmHWM")}

    def answer(self, request):
        if request.get("list"):
            return {"rows": list(self.rows)}
        if request["row"] not in self.rows:
            return {"error": f"no row is called {request['row']!r}"}
        if request.get("memory"):
            return self.memory(request["row"], request["threads"])
        if request.get("accuracy"):
            return self.accuracy(request["row"])
        key = (request["row"], request["threads"], request["seconds"])
        if key != self.key:
            self.prepare(*key)
        elapsed = timed(self.workload, self.iterations)
        return {"ns": elapsed / self.iterations, "iterations": self.iterations, "checks": self.workload.checks}

    def run(self):
        for line in sys.stdin:
            try:
                reply = self.answer(json.loads(line))
            except Exception as error:  # The driver shows it next to the row and goes on.
                reply = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
            print(json.dumps(reply), flush=True)
