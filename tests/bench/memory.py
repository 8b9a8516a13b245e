"""What a single process on SQLite takes of memory in ten minutes of the mixed load, at a fifth of its rate.

Usage: python3 tests/bench/memory.py [--quick]
  GOPRO_TEST_BINARY  the server (target/dist/gopro); the example `load` is beside it
"""

import json
import os
import subprocess
import sys
import tempfile

from mix import LEARNERS, RATE, WRITTEN, plan
from server import BINARY, Server

PORT = 28280
PART = 0.2
MINUTES = 1 if "--quick" in sys.argv else 10
TARGET = 150


def resident(pid):
    """Resident memory and its peak, in MB."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        fields = dict(line.split(":", 1) for line in status)
    return [int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]


def main():
    load = os.path.join(os.path.dirname(BINARY), "examples", "load")
    rate = round(RATE * PART)
    with tempfile.TemporaryDirectory() as folder, Server(folder, "", PORT) as server:
        requests = plan(server.api, 60 * MINUTES, PART)
        server.settle()
        pid = server.process.pid
        print(f"before: {resident(pid)[0]:.0f} MB", flush=True)
        for minute in range(MINUTES):
            part = requests[minute * len(requests) // MINUTES : (minute + 1) * len(requests) // MINUTES]
            ran = subprocess.run([load, server.url, str(rate), str(LEARNERS)], input="\n".join(part), capture_output=True, text=True, check=True)
            failed = {status: count for status, count in json.loads(ran.stdout)["statuses"].items() if not status.startswith("2")}
            if failed:
                sys.exit(f"not every request succeeded: {failed}")
            server.settle()
            now, peak = resident(pid)
            print(f"after {minute + 1} min: {now:.0f} MB, at most {peak:.0f} MB", flush=True)
    print(f"{len(requests):,} requests of {LEARNERS} learners, {rate} a second, {WRITTEN:.0%} of them submissions and completions; the target is {TARGET} MB")
    if now > TARGET:
        sys.exit("more than the target")


main()
