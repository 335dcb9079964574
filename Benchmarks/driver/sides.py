"""The processes that are measured: each answers one request per line (see peers/server.py)."""

import json
import select
import subprocess

# A side that has not answered by then is taken for stuck; compiling a model takes minutes.
ANSWER_SECONDS = 600


class SideError(Exception):
    """A side could not serve a request; the text says why."""


class Side:
    """One of the processes. It stays alive for the whole run; while another measures, it sleeps in a read."""

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

    def memory(self, row, threads):
        """The memory of a row in a process of its own: resident bytes before, and the most."""
        fresh = Side(self.name, self.command)
        try:
            return fresh.ask({"row": row, "threads": threads, "memory": True})
        finally:
            fresh.stop()

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
