"""Where the CPU of a request goes: samples of the server while work.py measures it, by what they are for.

A sample belongs to the first of its frames, from the innermost on, that one of these parts knows.
"""

import collections
import os
import subprocess

PARTS = [
    ("flushes", ("fdatasync", "do_fsync", "ext4_sync_file", "vfs_fsync")),
    ("changes of threads", ("futex", "schedule", "finish_task_switch", "try_to_wake_up", "epoll_wait", "eventfd", "flume::", "parking_lot", "std::thread::park", "crossbeam")),
    ("network", ("tcp_", "sock_", "inet_", "__sys_recvfrom", "__sys_sendto", "do_writev", "sys_recv", "sys_send")),
    ("SQLite", ("sqlite3", "btree", "pcache1", "vdbe", "unixRead", "unixWrite", "walFrames")),
    ("driver", ("sqlx",)),
    ("ORM", ("sea_orm", "sea_query")),
    ("JSON", ("serde_json", "serde_core")),
    ("edge", ("gopro::gateway", "actix", "tracing", "rest::", "prometheus", "jsonwebtoken", "aws_lc", "opentelemetry")),
    ("modules", ("course::", "progress::", "user::", "notification::", "bus::", "database::", "token::", "kernel::")),
    ("tokio", ("tokio",)),
]


def start(pid, folder, kind):
    """Samples the process until the returned one is ended."""
    file = os.path.join(folder, f"{kind}.data")
    command = ["perf", "record", "-q", "-F", "499", "--call-graph", "fp", "-p", str(pid), "-o", file]
    return file, subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def part_of(frames):
    for frame in frames:
        for name, signs in PARTS:
            if any(sign in frame for sign in signs):
                return name
    return "other"


def shares(file):
    """How much of the samples each part has."""
    command = ["perf", "script", "-i", file, "-F", "ip,sym", "--no-inline"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    parts = collections.Counter()
    for sample in text.split("\n\n"):
        frames = [line.strip().partition(" ")[2] for line in sample.splitlines() if line.strip()]
        if frames:
            parts[part_of(frames)] += 1
    total = sum(parts.values()) or 1
    return {name: count / total for name, count in parts.items()}


def report(profiles):
    """A table of requests by parts."""
    names = [name for name, _ in PARTS] + ["other"]
    print("\n| request | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for request, file in profiles:
        parts = shares(file)
        print(f"| {request} | " + " | ".join(f"{100 * parts.get(name, 0):.0f} %" for name in names) + " |")
