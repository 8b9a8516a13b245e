"""Sends every operation the widest, deepest, longest and most faulty requests that the bounds of
the API let in, and measures what each costs the server: processor time of its request threads, and
memory at its peak. Prints the worst and fails when one costs more than 50 ms or 20 MB.

The requests are made from openapi/openapi.json, so that a new operation is tried without anybody
thinking of it. Time is that of the threads that serve requests, as Linux counts it; what runs in a
lane beside them, such as the hashing of passwords, is not theirs and has its own bounds.

Usage: tests/widest.py [--quick] [--only PART-OF-AN-OPERATION-ID] [--top ROWS]
  GOPRO_TEST_BINARY  the server (target/release/gopro)
  --quick       a few requests per operation, and a limit of time that is scaled by how long this
                binary takes for one known body, so that a debug build can be tried as well
"""

import argparse
import http.client
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BINARY = os.environ.get("GOPRO_TEST_BINARY", os.path.join(ROOT, "target", "release", "gopro"))
PASSWORD = "correct horse battery staple"
MEBIBYTE = 1024 * 1024
ROOM = MEBIBYTE - 2048
MAX_MS, MAX_MB = 50.0, 20.0
# What a release build took for the known body on the machine where the limit was set.
KNOWN_MS = 3.5
# A head that is larger is refused by the HTTP library.
HEAD = 60_000
LETTERS = {
    "plain": "a",
    "combining": "e\u0301",
    "wide": "\U0001d504",
    "control": "\u0001",
    "escaped": '"',
    "blank": " ",
    "invisible": "\u200b",
    "dot": "a.",
    "at": "a@",
}
BOMBS = {
    "quotes": ">",
    "lists": "- ",
    "brackets": "[",
    "links": "[a](",
    "emphasis": "*a _b ",
    "strong": "**a ",
    "ticks": "` ",
    "html": "<a ",
    "entities": "&",
    "autolinks": "a@b.c ",
    "rows": "|a|b|\n",
    "lines": "a\n",
    "references": "[a]: /u\n",
}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A demo server of this run, and what the system says of its process."""

    def __init__(self, folder):
        self.port = free_port()
        settings = {
            "DATA__FOLDER": os.path.join(folder, "data"),
            "SERVER__ADDRESS": f"127.0.0.1:{self.port}",
            "SERVER__INTERNAL_ADDRESS": f"127.0.0.1:{free_port()}",
            "AUTH__ACCESS_TOKEN_MINUTES": "60",
            "LIMITS__REQUESTS_PER_MINUTE": "10000000",
            "LIMITS__AUTH_REQUESTS_PER_MINUTE": "10000000",
            "LOG__LEVEL": "error",
        }
        for person in ("LEARNER", "INSTRUCTOR", "ADMIN"):
            settings[f"DEMO__{person}_PASSWORD"] = PASSWORD
        names = {f"GOPRO__{name}": value for name, value in settings.items()}
        self.process = subprocess.Popen(
            [BINARY, "serve", "--demo"], env=dict(os.environ, **names), stdout=subprocess.DEVNULL
        )
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        for _ in range(300):
            time.sleep(0.2)
            if self.call("GET", "/readyz")[0] == 200:
                break
        else:
            sys.exit("the server did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def call(self, method, path, headers=(), body=None):
        """Status and body of the answer; none when the server cut the connection."""
        try:
            self.connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers:
                self.connection.putheader(name, value)
            if body is not None:
                self.connection.putheader("Content-Length", str(len(body)))
            self.connection.endheaders(body)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (http.client.HTTPException, ConnectionError) as error:
            self.connection.close()
            if self.process.poll() is not None:
                sys.exit(f"the server ended at {method} {path[:200]}: {error}")
            return 0, b""

    def log_in(self, login):
        body = json.dumps({"login": login, "password": PASSWORD}).encode()
        kind = [("Content-Type", "application/json")]
        for _ in range(60):
            status, answer = self.call("POST", "/api/v1/auth/login", kind, body)
            if status != 429:
                break
            time.sleep(1)
        if status != 200:
            sys.exit(f"login as {login}: {status} {answer[:500]}")
        return json.loads(answer)["access_token"]

    def request_time(self):
        """Milliseconds of processor time that the threads which serve requests have used."""
        tasks = f"/proc/{self.process.pid}/task"
        used = 0
        for task in os.listdir(tasks):
            try:
                with open(f"{tasks}/{task}/comm") as file:
                    name = file.read().strip()
                if name.startswith(("actix-rt|", "actix-server")):
                    with open(f"{tasks}/{task}/schedstat") as file:
                        used += int(file.read().split()[0])
            except FileNotFoundError:
                continue
        return used / 1e6

    def memory(self, name):
        with open(f"/proc/{self.process.pid}/status") as file:
            for line in file:
                if line.startswith(name + ":"):
                    return int(line.split()[1]) / 1024
        return 0.0

    def measure(self, method, path, headers, body):
        """Status, milliseconds and megabytes of one request."""
        with open(f"/proc/{self.process.pid}/clear_refs", "w") as file:
            file.write("5")
        memory, used = self.memory("VmRSS"), self.request_time()
        status, _ = self.call(method, path, headers, body)
        return status, self.request_time() - used, max(0.0, self.memory("VmHWM") - memory)


class Document:
    """The API as it is documented."""

    def __init__(self):
        with open(os.path.join(ROOT, "openapi", "openapi.json")) as file:
            self.document = json.load(file)

    def resolve(self, schema):
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def operations(self):
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method in ("get", "post", "put", "patch", "delete"):
                    yield method.upper(), path, operation

    def body_schema(self, operation):
        content = operation.get("requestBody", {}).get("content", {})
        for media in content.values():
            return self.resolve(media["schema"])
        return None

    def alternatives(self, schema):
        schema = self.resolve(schema)
        for name in ("oneOf", "anyOf"):
            if name in schema:
                return [self.resolve(part) for part in schema[name]]
        return [schema]

    def types(self, schema):
        kind = schema.get("type", "object" if "properties" in schema else "string")
        return [kind] if isinstance(kind, str) else kind

    def places(self, schema, depth=0):
        """The ways to each value of a body: functions that put a text of JSON in its place."""
        yield "", schema, lambda text: text
        if depth > 6:
            return
        for part in self.alternatives(schema):
            for name, field in part.get("properties", {}).items():
                rest = {
                    other: self.small(value)
                    for other, value in part["properties"].items()
                    if other != name and other in part.get("required", [])
                }
                for where, inner, put in self.places(self.resolve(field), depth + 1):
                    yield f"/{name}{where}", inner, self.in_field(name, rest, put)
            if "items" in part:
                for where, inner, put in self.places(self.resolve(part["items"]), depth + 1):
                    yield f"/0{where}", inner, lambda text, put=put: f"[{put(text)}]"

    @staticmethod
    def in_field(name, rest, put):
        before = json.dumps(rest)[:-1] + (", " if rest else "")
        return lambda text: f"{before}{json.dumps(name)}: {put(text)}}}"

    def small(self, schema):
        """A value that keeps a schema, or nearly."""
        schema = self.alternatives(schema)[0]
        for name in ("example", "const", "default"):
            if name in schema:
                return schema[name]
        if "enum" in schema:
            return schema["enum"][0]
        kind = self.types(schema)[0]
        if kind == "object":
            fields = schema.get("properties", {})
            return {name: self.small(fields[name]) for name in schema.get("required", [])}
        if kind == "array":
            return [self.small(schema["items"]) for _ in range(schema.get("minItems", 0))]
        if kind in ("integer", "number"):
            return schema.get("minimum", 1)
        if kind == "boolean":
            return True
        if schema.get("format") == "uuid":
            return "01940000-0000-7000-8000-000000000001"
        return "a" * max(1, schema.get("minLength", 1))

    def full(self, schema, letter):
        """The largest value within the bounds of a schema, every text of `letter`."""
        schema = self.alternatives(schema)[-1]
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        kind = self.types(schema)[0]
        if kind == "object":
            fields = schema.get("properties", {})
            return {name: self.full(field, letter) for name, field in fields.items()}
        if kind == "array":
            item = self.full(schema["items"], letter)
            return [item] * min(schema.get("maxItems", 10), 200)
        if kind in ("integer", "number"):
            return schema.get("maximum", 1)
        if kind == "boolean":
            return True
        longest = min(schema.get("maxLength", 100), 100_000)
        return (letter * (longest // len(letter) + 1))[:longest]


def filled(part, separator=","):
    """`part` again and again until a body is full."""
    return separator.join([part] * (ROOM // (len(part.encode()) + len(separator))))


def numbered(value):
    return ",".join(f'"k{number}":{value}' for number in range(ROOM // (len(value) + 12)))


def anywhere(quick):
    """What may stand, wrongly, wherever a value is wanted."""
    yield "list of numbers", f"[{filled('1')}]"
    yield "text without end", json.dumps("a" * ROOM)
    if quick:
        return
    yield "list of lists", f"[{filled('[1]')}]"
    yield "list of objects", "[" + filled('{"":1}') + "]"
    yield "list of empty texts", "[" + filled('""') + "]"
    yield "deep lists", "[" * (ROOM // 2) + "]" * (ROOM // 2)
    yield "deep objects", '{"a":' * (ROOM // 6) + "1" + "}" * (ROOM // 6)
    yield "unknown fields", "{" + numbered("1") + "}"
    yield "one field again and again", "{" + filled('"a":1') + "}"
    yield "long whole number", "1" * ROOM
    yield "long fraction", "0." + "1" * ROOM
    yield "long exponent", "1e" + "0" * ROOM + "1"
    for name, letter in LETTERS.items():
        text = json.dumps(letter, ensure_ascii=False)[1:-1]
        yield f"long text: {name}", '"' + filled(text, "") + '"'
    yield "long text: escapes", '"' + filled("\\u0301", "") + '"'


def bodies(document, schema, quick):
    for where, inner, put in document.places(schema):
        kinds = itertools.islice(anywhere(quick), None)
        for kind, text in kinds:
            shell = len(put('""'))
            if len(text) + shell > MEBIBYTE and text.endswith(("]", "}", '"')):
                continue
            yield f"{kind} at {where or '/'}", put(text)
        longest = inner.get("maxLength", 0)
        if longest >= 1000 and "pattern" not in inner or longest >= 10_000:
            for kind, bomb in BOMBS.items():
                text = (bomb * (longest // len(bomb) + 1))[:longest]
                yield f"Markdown {kind} at {where}", put(json.dumps(text))
            deep = "**a " * (longest // 9) + "x" + " a**" * (longest // 9)
            yield f"Markdown nested at {where}", put(json.dumps(deep))
            table = "|a" * 1000 + "\n" + "|-" * 1000 + "\n" + "|a\n" * (longest // 3)
            yield f"Markdown wide table at {where}", put(json.dumps(table[:longest]))
    for name, letter in LETTERS.items():
        body = json.dumps(document.full(schema, letter), ensure_ascii=False)
        if len(body.encode()) <= MEBIBYTE:
            yield f"all bounds used: {name}", body
    known = json.dumps(document.small(schema))
    if known.endswith("}"):
        joint = ", " if len(known) > 2 else ""
        yield "unknown fields beside known ones", known[:-1] + joint + numbered("1")[: ROOM // 2].rsplit(",", 1)[0] + "}"
        yield "unknown field with much in it", f'{known[:-1]}{joint}"x": [{filled("[{}]")[: ROOM // 2].rsplit(",", 1)[0]}]}}'
    yield "nothing but blanks", " " * ROOM
    yield "cut off", known[:-1] + " " * (ROOM // 2)
    yield "no text at all", "\ufffd" * (ROOM // 3)


def queries(operation):
    names = [param["name"] for param in operation.get("parameters", []) if param["in"] == "query"]
    yield "many unknown parameters", "&".join(f"k{number}=1" for number in range(HEAD // 8))
    yield "one parameter again and again", "&".join(["limit=1"] * (HEAD // 8))
    yield "nothing but separators", "&" * HEAD
    for name in names:
        yield f"long {name}", f"{name}=" + "a" * HEAD
        yield f"long {name}: escapes", f"{name}=" + "%CC%81" * (HEAD // 6)
        yield f"long {name}: digits", f"{name}=" + "9" * HEAD


def heads():
    def lists(part):
        return part * (HEAD // len(part))

    yield "If-Match", lists('"1",')
    yield "If-None-Match", lists('W/"1",')
    yield "Accept", lists("a/b;q=0.1,")
    yield "Accept-Encoding", lists("gzip;q=0.1,")
    yield "Accept-Language", lists("de;q=0.1,")
    yield "Authorization", "Bearer " + lists("eyJhbGciOiJFZERTQSJ9.")
    yield "Authorization", "Bearer gopro_pat_" + lists("a")
    yield "Cookie", lists("a=b;")
    yield "Content-Type", "application/json;" + lists("a=b;")
    yield "Forwarded", lists("for=1.2.3.4,")
    yield "X-Forwarded-For", lists("1.2.3.4,")
    yield "Idempotency-Key", lists("a")
    yield "Origin", "http://" + lists("a.")
    yield "Range", "bytes=" + lists("0-1,")
    yield "traceparent", lists("00-")
    yield "tracestate", lists("a=b,")
    yield "X-Request-Id", lists("a")


class Run:
    def __init__(self, server, quick, only):
        self.server, self.quick, self.only = server, quick, only
        self.document = Document()
        self.rows = []
        self.limit = MAX_MS
        self.tokens = {}
        self.renew()

    def renew(self):
        """Logs in whoever is logged out, which some of the requests may have done."""
        for name in ("learner", "instructor", "admin"):
            token = self.tokens.get(name)
            known = token and self.server.call("GET", "/api/v1/users/me", self.headers(name)[:1])
            if not known or known[0] == 401:
                self.tokens[name] = self.server.log_in(name)

    def headers(self, person):
        return [
            ("Authorization", f"Bearer {self.tokens[person]}"),
            ("Content-Type", "application/json"),
            ("If-Match", "*"),
        ]

    def calibrate(self):
        """How much slower than a release build this binary reads one known body."""
        body = ("{" + numbered("1") + "}").encode()
        kind = [("Content-Type", "application/json")]
        times = []
        for _ in range(7):
            times.append(self.server.measure("POST", "/api/v1/auth/login", kind, body)[1])
        known = sorted(times)[len(times) // 2]
        if self.quick:
            self.limit = MAX_MS * max(1.0, known / KNOWN_MS)
        print(f"a known body takes {known:.1f} ms; the limit is {self.limit:.0f} ms and {MAX_MB:.0f} MB")

    def path(self, path, operation):
        for param in operation.get("parameters", []):
            if param["in"] == "path":
                path = path.replace("{%s}" % param["name"], str(param.get("example", "1")))
        return path

    def person(self, method, path):
        """Who is let in: the body is read for nobody else."""
        for name in ("learner", "instructor", "admin"):
            status, _ = self.server.call(method, path, self.headers(name), b"[]")
            if status not in (401, 403):
                return name
        return "admin"

    def try_one(self, operation, what, method, path, headers, body=None):
        cost = self.server.measure(method, path, headers, body)
        for _ in range(4):
            # Whatever else the machine was doing is gone the next time.
            if cost[1] <= self.limit and cost[2] <= MAX_MB:
                break
            again = self.server.measure(method, path, headers, body)
            cost = (again[0], min(cost[1], again[1]), min(cost[2], again[2]))
        self.rows.append((*cost, operation, what))

    def bodies(self):
        # What is done to other people may disable them, and comes last.
        operations = sorted(self.document.operations(), key=lambda found: "{user}" in found[1])
        for method, path, operation in operations:
            schema = self.document.body_schema(operation)
            name = operation["operationId"]
            # Full lists in one another are larger than any body: they would have to be cut to its limit.
            whole = name in ("apply_course_batch", "import_course")
            if schema is None or self.only not in name or whole:
                continue
            if "{user}" not in path:
                self.renew()
            path = self.path(path, operation)
            person = self.person(method, path)
            for what, body in bodies(self.document, schema, self.quick):
                data = body.encode("utf-8", "surrogatepass")
                if len(data) <= MEBIBYTE:
                    self.try_one(name, what, method, path, self.headers(person), data)

    def heads(self):
        for method, path, operation in self.document.operations():
            name = operation["operationId"]
            if self.only not in name or method != "GET" or "event" in name:
                continue
            path = self.path(path, operation)
            headers = self.headers("admin")[:1]
            for what, query in itertools.islice(queries(operation), 4 if self.quick else None):
                self.try_one(name, what, method, f"{path}?{query}", headers)
        for name, value in heads():
            for method, path in (("GET", "/api/v1/courses"), ("PATCH", "/api/v1/users/me")):
                headers = [pair for pair in self.headers("learner") if pair[0] != name]
                body = b"{}" if method == "PATCH" else None
                headers.append((name, value))
                self.try_one(f"{method} {path}", f"long {name}", method, path, headers, body)

    def report(self, top):
        over = [row for row in self.rows if row[1] > self.limit or row[2] > MAX_MB]
        print(f"{len(self.rows)} requests, {len(over)} over the limit")
        tables = [("over the limit", over)]
        for title, column in (("by time", 1), ("by memory", 2)):
            rows = sorted(self.rows, key=lambda row: -row[column])
            tables.append((title, rows[:top]))
        for title, rows in tables:
            if rows:
                print(f"\n{title}:\n{'ms':>8} {'MB':>7}  status  operation: what")
            for status, milliseconds, megabytes, operation, what in rows:
                cost = f"{milliseconds:8.1f} {megabytes:7.1f}  {status or 'cut':>6}"
                print(f"{cost}  {operation}: {what}")
        return not over


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--top", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder)
        try:
            run = Run(server, options.quick, options.only)
            run.calibrate()
            run.heads()
            run.bodies()
        finally:
            server.stop()
    sys.exit(0 if run.report(options.top) else 1)


if __name__ == "__main__":
    main()
