"""What learners do together: the requests of the mixed load."""

import json
import random

LEARNERS = 200
# Requests a second of each kind.
MIX = [
    ("catalogue", 300),
    ("account", 150),
    ("course", 100),
    ("lesson", 150),
    ("progress", 100),
    ("inbox", 40),
    ("edit", 10),
    ("submit", 80),
    ("complete", 70),
]
RATE = sum(rate for _, rate in MIX)
WRITTEN = sum(rate for kind, rate in MIX if kind in ("submit", "complete")) / RATE


def plan(api, seconds, part=1):
    """The requests of so many seconds, as the program `load` takes them, in an order that is the same each time; of
    each kind, this part of its rate. What each learner submits and completes is new each time."""
    instructor = api.log_in("instructor")
    count = {kind: round(rate * part * seconds) for kind, rate in MIX}
    most = max(count["submit"], count["complete"])
    course, lessons, exercises = api.make_course(instructor, most // LEARNERS + 1)
    tokens = [api.make_learner(number) for number in range(LEARNERS)]
    for token in tokens:
        api.enroll(course, token)
    options = [api.first_option(exercise, tokens[0]) for exercise in exercises]
    chance = random.Random(1)
    pairs = [(token, number) for number in range(len(lessons)) for token in tokens]
    to_submit, to_complete = iter(pairs), iter(pairs)

    def request(kind):
        token = chance.choice(tokens)
        match kind:
            case "catalogue":
                return "GET", "/api/v1/courses", token, ""
            case "account":
                return "GET", "/api/v1/users/me", token, ""
            case "course":
                return "GET", f"/api/v1/courses/{course}", token, ""
            case "lesson":
                return "GET", f"/api/v1/lessons/{chance.choice(lessons)}", token, ""
            case "progress":
                return "GET", "/api/v1/progress", token, ""
            case "inbox":
                return "GET", "/api/v1/notifications", token, ""
            case "edit":
                return "PATCH", "/api/v1/users/me", token, json.dumps({"bio": "Learns Go."})
            case "submit":
                token, number = next(to_submit)
                answer = {"answer": {"kind": "single_choice", "choice": options[number]}}
                return "POST", f"/api/v1/exercises/{exercises[number]}/submissions", token, json.dumps(answer)
            case "complete":
                token, number = next(to_complete)
                return "POST", f"/api/v1/progress/lessons/{lessons[number]}/complete", token, ""

    kinds = [kind for kind, _ in MIX for _ in range(count[kind])]
    chance.shuffle(kinds)
    return ["\t".join(request(kind)) for kind in kinds]
