"""PyTorch's side of the benchmarks: answers requests on standard input, one JSON object per line.

{"list": true}                                       -> {"rows": [...]}
{"row": "matmul/64", "threads": 2, "seconds": 0.1}   -> {"ns": ..., "iterations": ..., "checks": [...]}

The first request for a row makes its inputs, warms up and finds how many iterations fill that many seconds; the next
ones only repeat that batch. A request that cannot be served is answered with {"error": "..."}.
"""

import json
import sys
import time

import torch

from rows import ROWS


def timed(workload, count):
    start = time.perf_counter_ns()
    workload.body(count)
    return time.perf_counter_ns() - start


class Server:
    def __init__(self):
        self.key = None
        self.workload = None
        self.iterations = 1

    def prepare(self, row, threads, seconds):
        if self.workload is not None:
            self.workload.close()
        self.key, self.workload = None, None
        torch.set_num_threads(threads)
        workload = ROWS[row]()
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

    def answer(self, request):
        if request.get("list"):
            return {"rows": list(ROWS)}
        key = (request["row"], request["threads"], request["seconds"])
        if key[0] not in ROWS:
            return {"error": f"no row is called {key[0]!r}"}
        if key != self.key:
            self.prepare(*key)
        elapsed = timed(self.workload, self.iterations)
        return {"ns": elapsed / self.iterations, "iterations": self.iterations, "checks": self.workload.checks}


def main():
    server = Server()
    for line in sys.stdin:
        try:
            reply = server.answer(json.loads(line))
        except Exception as error:  # The driver shows it next to the row and goes on.
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


main()
