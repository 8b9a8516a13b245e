"use strict";
// One script for every account page. Nothing is sent before the person presses a button.

const LANGUAGE = (navigator.language || "en").toLowerCase().startsWith("de") ? "de" : "en";
const PAGE = document.body.dataset.page;
const DEAD = "auth.link_invalid";
const ACTIONS = {
  verify: { path: "auth/email/verify", body: verification, again: "auth/email/resend" },
  undo: { path: "auth/email/verify", body: (token) => ({ token }) },
  reset: {
    path: "auth/password/reset",
    body: (token) => ({ token, new_password: value("new_password") }),
    again: "auth/password/forgot",
  },
  invite: { path: "auth/register", body: registration },
  keep: { path: "auth/account/keep", body: (token) => ({ token }) },
};

const action = ACTIONS[PAGE];
const form = document.getElementById("form");
const again = document.getElementById("again");
const result = document.getElementById("result");

/** The words of a key, with what stands in braces filled in; null when there are none. */
function say(key, filling = {}) {
  const words = WORDS[LANGUAGE][key] ?? null;
  // GO-PRO and E-Mail are not broken at their hyphens.
  const whole = words && words.replace(/\b(GO|E|e)-/g, "$1\u2011");
  return whole && whole.replace(/\{(\w+)\}/g, (brace, name) => filling[name] ?? brace);
}

function value(id) {
  return document.getElementById(id).value;
}

/** Without the password the address alone is confirmed. */
function verification(token) {
  const password = value("password");
  return password ? { token, password } : { token };
}

function registration(token) {
  const body = {
    invitation: token,
    email: value("email").trim(),
    username: value("username").trim(),
    password: value("password"),
    locale: LANGUAGE,
  };
  const name = value("display_name").trim();
  if (name) body.display_name = name;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) body.time_zone = zone;
  return body;
}

/** The secret of the link; it leaves the address bar and the history at once. */
function takeToken() {
  const found = new URLSearchParams(location.hash.slice(1)).get("token");
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  return (found || "").trim();
}

/** Two tries with the same body are one registration. */
const keys = new Map();
function keyOf(text) {
  if (!keys.has(text)) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    keys.set(text, Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""));
  }
  return keys.get(text);
}

/** The answer with its body; status 0 when none came. */
async function post(path, body) {
  const text = JSON.stringify(body);
  const headers = { "Content-Type": "application/json" };
  if (path === "auth/register") headers["Idempotency-Key"] = keyOf(text);
  try {
    const answer = await fetch(`../api/v1/${path}`, {
      method: "POST",
      headers,
      body: text,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout?.(30000),
    });
    const read = await answer.json().catch(() => ({}));
    return { ok: answer.ok, status: answer.status, wait: answer.headers.get("Retry-After"), body: read };
  } catch {
    return { ok: false, status: 0, wait: null, body: {} };
  }
}

/** Shows the result; a screen reader hears it, and the focus goes there unless a field gets it. */
function show(kind, lines, focus = true) {
  result.className = kind;
  const paragraphs = lines.filter(Boolean).map((line) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    return paragraph;
  });
  result.replaceChildren(...paragraphs);
  document.title = `${lines[0]} – GO-PRO`;
  if (focus) result.focus();
}

function clearFaults(of) {
  for (const field of of.querySelectorAll("[aria-invalid]")) unmark(field);
  result.className = "";
  result.replaceChildren();
}

function mark(field, message) {
  field.setAttribute("aria-invalid", "true");
  const place = document.getElementById(`${field.id}-fault`);
  const told = place.textContent;
  if (!told.includes(message)) place.textContent = told ? `${told} ${message}` : message;
}

/** What is typed anew is not called wrong any more. */
function unmark(field) {
  field.removeAttribute("aria-invalid");
  document.getElementById(`${field.id}-fault`)?.replaceChildren();
}

function focusFirstFault(of) {
  of.querySelector("[aria-invalid]")?.focus();
}

/** What is seen to be missing before anything is sent. */
function checkHere(of) {
  for (const field of of.querySelectorAll("[required]")) {
    if (!field.value.trim()) mark(field, say("fault.required"));
  }
  const [first, second] = ["new_password", "again_password"].map((name) => of.elements[name]);
  if (first && first.value && second.value && first.value !== second.value) {
    mark(second, say("fault.differs"));
  }
  return !of.querySelector("[aria-invalid]");
}

function faultWords(name, error) {
  const kind = name.endsWith("password") ? "password" : name;
  const message = error.message || "";
  const known = say(`fault.${kind}.${error.code}`) ?? say(`fault.${error.code}`);
  return known ?? sentence(message);
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A problem in plain words: at its fields where it names some, above the form in any case. */
function tell(of, answer) {
  const problem = answer.body;
  if (answer.status === 0) {
    show("bad", [say("offline"), PAGE === "reset" && of === form ? say("offline_reset") : null]);
    return;
  }
  const rest = [];
  for (const error of problem.errors ?? []) {
    const name = String(error.pointer ?? "").slice(1);
    const field = of.elements[name];
    if (field?.id) mark(field, faultWords(name, error));
    else rest.push([name, error.message].filter(Boolean).join(": "));
  }
  const marked = Boolean(of.querySelector("[aria-invalid]"));
  const filling = { wait: answer.wait ?? "60", instance: problem.instance };
  const known = say(`problem.${problem.code}`, filling);
  const broken = answer.status >= 500;
  const told = broken ? null : problem.detail && sentence(problem.detail);
  const detail = known ?? (marked ? say("check") : told || say("failed"));
  const number = broken && problem.instance ? say("instance", filling) : null;
  if (problem.code === DEAD) {
    close(detail);
    return;
  }
  show("bad", [detail, ...rest, number], !marked);
  focusFirstFault(of);
}

/** Nothing can be done with this link; says what to do, and offers a new one where that is possible. */
function close(...lines) {
  form.hidden = true;
  if (again) again.hidden = false;
  show("bad", [...lines, say(`${PAGE}.dead`)]);
}

async function succeed(account) {
  form.hidden = true;
  const filling = { email: account.email, name: account.display_name };
  let next = say(`${PAGE}.done_next`, filling);
  if (PAGE === "invite" && account.email_verified === false) next = say("invite.done_verify", filling);
  if (PAGE === "undo") {
    const asked = await post("auth/password/forgot", { email: account.email });
    if (!asked.ok) {
      show("good", [say("undo.done"), say("undo.done_unsent")]);
      offerReset();
      return;
    }
  }
  show("good", [say(`${PAGE}.done`, filling), next]);
}

function offerReset() {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = say("undo.to_reset");
  button.addEventListener("click", () => location.assign("reset"));
  result.after(button);
}

/** Sends a form once at a time, and hands its answer on. */
function onSubmit(of, send, done) {
  const button = of.querySelector("button");
  of.addEventListener("input", (event) => unmark(event.target));
  of.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    clearFaults(of);
    if (!checkHere(of)) {
      show("bad", [say("check")], false);
      focusFirstFault(of);
      return;
    }
    const label = button.textContent;
    button.setAttribute("aria-disabled", "true");
    button.textContent = say("busy");
    const answer = await send();
    if (answer.ok) await done(answer.body);
    else tell(of, answer);
    button.removeAttribute("aria-disabled");
    button.textContent = label;
  });
}

/** A browser may know a time zone that the server does not; the person cannot mend that. */
async function act(token) {
  const body = action.body(token);
  const answer = await post(action.path, body);
  const zone = answer.body.errors?.some((error) => error.pointer === "/time_zone");
  if (!zone) return answer;
  delete body.time_zone;
  return post(action.path, body);
}

/** Why a sign-in with an identity provider led nowhere; the code stands behind the hash. */
function explainSignIn() {
  const code = new URLSearchParams(location.hash.slice(1)).get("error");
  const why = say(`sign-in.${code}`) ?? say("sign-in.failed");
  show("bad", [why, say("sign-in.next")]);
}

function begin() {
  document.documentElement.lang = LANGUAGE;
  for (const place of document.querySelectorAll("[data-word]")) {
    place.textContent = say(place.dataset.word);
  }
  document.title = `${say(`${PAGE}.heading`)} – GO-PRO`;
  if (PAGE === "sign-in") {
    explainSignIn();
    return;
  }
  const token = takeToken();
  // Another link of the same page only changes what stands behind the hash.
  addEventListener("hashchange", () => location.reload());
  document.getElementById("show")?.addEventListener("change", (event) => {
    for (const field of form.querySelectorAll("[autocomplete=new-password]")) {
      field.type = event.target.checked ? "text" : "password";
    }
  });
  onSubmit(form, () => act(token), succeed);
  if (again) {
    const asked = () => post(action.again, { email: value("again_email").trim() });
    onSubmit(again, asked, () => {
      again.hidden = true;
      show("good", [say(`${PAGE}.sent`)]);
    });
  }
  if (token) form.hidden = false;
  else close(say("no_token"), say("no_token_next"));
}

begin();
