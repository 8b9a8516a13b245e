"""What a learner does all day, and what it costs: CPU, statements and transactions of each request, of
100 learners in turns, on SQLite and PostgreSQL.

Usage: python3 tests/bench/work.py [--quick] [--profile] [sqlite] [postgres]
  --profile          also say where the CPU goes; needs perf, and a server with symbols and frame pointers
  GOPRO_TEST_BINARY  the server (target/dist/gopro)
  DATABASE_URL       the PostgreSQL server (postgres://postgres@127.0.0.1:5432/postgres)

It needs wrk, and for PostgreSQL psql; it writes nothing but its report to standard output. The CPU is
that of the server's process alone, with all the events that follow from a request handled. On SQLite, the
anchor is what the same statements cost by themselves (tests/bench/anchor.rs), and the ratio is its share of
the request's CPU. The examples `anchor` and `load` are built beside the server.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import profile_server as profile
from server import BINARY, COMPLETE, SUBMIT, Database, Server, read, script

PORT = 28180
QUICK = "--quick" in sys.argv
PROFILE = "--profile" in sys.argv
LEARNERS, LESSONS = (20, 20) if QUICK else (100, 60)
SECONDS = 2 if QUICK else 5
LOAD = os.path.join(os.path.dirname(BINARY), "examples", "load")
# Submissions a second beside which the catalogue is measured; the target is about the first.
BESIDE = [100, 200]


def anchors(folder):
    """What the statements of each request cost by themselves, and how many times a second they run."""
    program = os.path.join(os.path.dirname(BINARY), "examples", "anchor")
    output = subprocess.run([program, os.path.join(folder, "data")], capture_output=True, text=True, check=True).stdout
    rows = (line.split("\t") for line in output.splitlines())
    return {name: (float(spent), float(rate)) for name, spent, rate in rows}


def run(title, database):
    with tempfile.TemporaryDirectory() as folder:
        rows, profiles = [], []
        with Server(folder, database, PORT) as server:
            course, lessons, exercises, tokens = server.make_learners(LEARNERS, LESSONS)
            server.api.call("POST", f"/api/v1/progress/lessons/{lessons[0]}/complete", token=tokens[0])
            answers = [f"{exercise} {server.api.first_option(exercise, tokens[0])}" for exercise in exercises]
            kinds = [
                ("catalogue", "catalogue list", ["-"], read("/api/v1/courses"), None),
                ("lesson", "lesson", lessons, read("/api/v1/lessons/ITEM"), None),
                ("exercises", "exercises of a lesson", lessons, read("/api/v1/lessons/ITEM/exercises"), None),
                ("progress", "progress in a course", [course], read("/api/v1/progress/courses/ITEM"), None),
                ("overview", "overview of all progress", ["-"], read("/api/v1/progress"), None),
                ("inbox", "inbox", ["-"], read("/api/v1/notifications"), None),
                ("submit", "submitting an answer", answers, SUBMIT, None),
                ("complete", "completing a lesson", lessons, COMPLETE, LEARNERS * LESSONS),
            ]
            scrape = server.scrape_cost()
            for kind, name, items, request, limit in kinds:
                path = script(folder, kind, tokens, items, request)
                if PROFILE:
                    file, sampling = profile.start(server.process.pid, folder, kind)
                    profiles.append((name, file))
                rows.append((name, *server.measure(path, SECONDS, scrape, limit)))
                if PROFILE:
                    sampling.terminate()
                    sampling.wait()
            together = [beside(server, folder, tokens, answers, rate) for rate in BESIDE]
        report(title, rows, {} if database else anchors(folder))
        if PROFILE:
            profile.report(profiles)
        print("".join(together), flush=True)


def report(title, rows, raw):
    print(f"\n### {title}\n")
    print("| request | req/s | CPU µs | statements | transactions | anchor, CPU µs | ratio |")
    print("|---|---|---|---|---|---|---|")
    for name, rate, spent, statements, transactions in rows:
        anchor, _ = raw.get(name, (None, None))
        beside_it = f"{anchor:,.0f} | {anchor / spent:.2f}" if anchor else "– | –"
        print(f"| {name} | {rate:,.0f} | {spent:,.0f} | {statements:.1f} | {transactions:.1f} | {beside_it} |")
    if raw:
        print(f"\nOne connection alone committed {raw['a commit'][1]:,.0f} single rows a second, each with its flush.")


def beside(server, folder, tokens, answers, rate):
    """The catalogue alone and beside so many submissions a second, in turns."""
    catalogue = script(folder, "list", tokens, ["-"], read("/api/v1/courses"))
    pairs = []
    for turn in range(1 if QUICK else 3):
        _, alone = server.wrk(catalogue, SECONDS)
        lines = submissions(tokens, answers, rate * (SECONDS + 2), turn)
        other = subprocess.Popen([LOAD, server.url, str(rate), "32"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        other.stdin.write("\n".join(lines))
        other.stdin.close()
        time.sleep(0.5)
        _, together = server.wrk(catalogue, SECONDS)
        statuses = json.loads(other.stdout.read())["statuses"]
        if any(not status.startswith("2") for status in statuses):
            sys.exit(f"not every submission succeeded: {statuses}")
        other.wait()
        pairs.append((alone, together))
        server.settle()
    alone, together = (statistics.median(column) for column in zip(*pairs))
    return f"\nThe catalogue list: {alone:,.0f} requests a second alone, {together:,.0f} beside {rate} submissions a second, {together / alone:.2f} of it."


def submissions(tokens, answers, count, turn):
    """Submissions as the program `load` takes them, of other learners and exercises in each turn."""
    lines = []
    for number in range(turn * count, (turn + 1) * count):
        exercise, option = answers[number // len(tokens) % len(answers)].split()
        answer = {"answer": {"kind": "single_choice", "choice": option}}
        path = f"/api/v1/exercises/{exercise}/submissions"
        lines.append("\t".join(["POST", path, tokens[number % len(tokens)], json.dumps(answer)]))
    return lines


def main():
    wanted = [word for word in sys.argv[1:] if not word.startswith("--")] or ["sqlite", "postgres"]
    if "sqlite" in wanted:
        run("SQLite", "")
    if "postgres" in wanted:
        with Database("work") as url:
            run("PostgreSQL", url)


main()
