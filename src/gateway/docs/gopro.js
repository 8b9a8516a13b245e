"use strict";
// Swagger UI with a bar to log in: what it gets authorizes all that follows.

const API = "../api/v1/";
const STORE = "gopro-session";
const DEMO_KEY = "gopro-demo";
const VERIFIER = "gopro-verifier";
const bar = {
  login: document.getElementById("login"),
  code: document.getElementById("code"),
  demo: document.getElementById("demo"),
  providers: document.getElementById("providers"),
  logout: document.getElementById("logout"),
  who: document.getElementById("who"),
};
const NOBODY = bar.who.innerHTML;
/** Ids that exist only once somebody has made them: the last word of the path that tells them, and the parameter that takes them. */
const MADE = {
  "dead-letters": "event",
  deliveries: "delivery",
  export: "export",
  identities: "identity",
  invitations: "invitation",
  notifications: "notification",
  sessions: "session",
  submissions: "submission",
  tokens: "token_id",
};
let session = null;
let challenge = null;
let refreshing = null;

const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();

/** What a link or an identity provider has sent along. */
const sent = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
if (sent.demo) sessionStorage.setItem(DEMO_KEY, sent.demo);
if (sent.demo || sent.code || sent.error) history.replaceState(null, "", location.pathname);

const place = (operation) => operation.getIn(["operation", "x-order"]) ?? Number.MAX_SAFE_INTEGER;

const ui = SwaggerUIBundle({
  url: "../openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  operationsSorter: (one, other) => place(one) - place(other),
  presets: [SwaggerUIBundle.presets.apis],
  tryItOutEnabled: true,
  responseInterceptor: (answer) => {
    fill(answer);
    return answer;
  },
  onComplete: () => resume().then(arrive).then(offerProviders).then(offerDemo),
});

/** An id in an answer goes into the field of each operation that takes one of its kind. */
function fill({ url, obj }) {
  const name = MADE[new URL(url, location.href).pathname.split("/").pop()];
  const made = obj?.items ? (obj.items.find((item) => !item.current) ?? obj.items[0]) : obj;
  if (!name || !made?.id) return;
  ui.specSelectors.specJson().get("paths").forEach((item, path) => {
    item.forEach((operation, method) => {
      const field = operation.get("parameters")?.find((one) => one.get("name") === name && one.get("in") === "path");
      if (field) ui.specActions.changeParam([path, method], name, "path", made.id, false);
    });
  });
}

/** The answer of the API with its body; a failure to reach it has the status 0. */
async function call(method, path, body) {
  const headers = { Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  if (session) headers.Authorization = `Bearer ${session.access_token}`;
  const options = { method, headers, cache: "no-store", body: body && JSON.stringify(body) };
  try {
    const answer = await fetch(API + path, options);
    return { status: answer.status, body: await answer.json().catch(() => ({})) };
  } catch {
    return { status: 0, body: { detail: "the server does not respond; check whether it is running" } };
  }
}

function say(text, fault = false) {
  bar.who.textContent = text;
  bar.who.classList.toggle("fault", fault);
}

function show(form) {
  bar.login.hidden = form !== bar.login;
  bar.code.hidden = form !== bar.code;
  bar.logout.hidden = form !== bar.logout;
}

/** Takes over tokens: Swagger UI sends them from now on, and they are renewed before they run out. */
function take(tokens) {
  session = tokens;
  sessionStorage.setItem(STORE, tokens.refresh_token);
  ui.preauthorizeApiKey("bearer", tokens.access_token);
  clearTimeout(refreshing);
  refreshing = setTimeout(renew, Math.max(tokens.expires_in - 30, 5) * 1000);
}

function forget() {
  if (ui.authSelectors.authorized()?.size) ui.authActions.logout(["bearer"]);
  session = null;
  clearTimeout(refreshing);
  sessionStorage.removeItem(STORE);
  show(bar.login);
}

async function renew() {
  const refresh_token = sessionStorage.getItem(STORE);
  session = null;
  const answer = await call("POST", "auth/refresh", { refresh_token });
  if (answer.status === 200) return take(answer.body);
  forget();
  say("Your session has ended. Log in again.");
}

async function greet() {
  const me = await call("GET", "users/me");
  if (me.status !== 200) return say(me.body.detail, true);
  say(`Logged in as ${me.body.display_name} (${me.body.roles.join(", ")}). Everything below is sent with your token.`);
}

async function enter(answer) {
  if (answer.status !== 200) return say(answer.body.detail ?? "That did not work.", true);
  if (answer.body.mfa_token) {
    challenge = answer.body.mfa_token;
    show(bar.code);
    say("Enter the code that your authenticator app shows.");
    return bar.code.elements.code.focus();
  }
  take(answer.body);
  bar.login.reset();
  bar.code.reset();
  show(bar.logout);
  await greet();
}

/** After a reload, the session of this tab goes on. */
async function resume() {
  if (!sessionStorage.getItem(STORE)) return;
  await renew();
  if (!session) return;
  show(bar.logout);
  await greet();
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** A button for each identity provider. Browsers hash only for https and for a server on the same computer. */
async function offerProviders() {
  if (!crypto.subtle) return;
  const { status, body } = await call("GET", "auth/providers");
  if (status !== 200) return;
  for (const { name, label } of body.items) bar.providers.append(" ", button(label, () => leaveFor(name)));
  bar.providers.hidden = body.items.length === 0;
}

/** To an identity provider, which sends the browser back here with a code that only this tab can use. */
async function leaveFor(name) {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const return_to = new URL(".", location.href).href.split(/[?#]/)[0];
  const query = new URLSearchParams({ return_to, code_challenge: base64url(new Uint8Array(hash)) });
  const answer = await call("GET", `auth/providers/${encodeURIComponent(name)}/authorize?${query}`);
  if (answer.status === 422) return say(`Open this page at the public URL of the server to log in with ${name}.`, true);
  if (answer.status !== 200) return say(answer.body.detail, true);
  sessionStorage.setItem(VERIFIER, verifier);
  location.assign(answer.body.authorization_url);
}

/** Back from an identity provider. */
async function arrive() {
  const code_verifier = sessionStorage.getItem(VERIFIER);
  sessionStorage.removeItem(VERIFIER);
  if (/^[a-z_.]+$/.test(sent.error ?? "")) {
    say("You are not logged in. ", true);
    const why = document.createElement("a");
    why.href = `../problems/${sent.error}`;
    why.textContent = "What happened, and what to do";
    return bar.who.append(why);
  }
  if (!sent.code || !code_verifier) return;
  say("Logging in …");
  await enter(await call("POST", "auth/providers/exchange", { code: sent.code, code_verifier }));
}

/** A button for each account whose password the server knows; the key is in the link that it has printed. */
async function offerDemo() {
  const key = sessionStorage.getItem(DEMO_KEY);
  if (!key) return;
  const answer = await fetch("demo.json", { cache: "no-store", headers: { "X-Demo-Key": key } }).catch(() => null);
  const { accounts } = answer?.ok ? await answer.json() : { accounts: [] };
  for (const { username, password } of accounts) {
    const enterAs = async () => {
      if (session) await call("POST", "auth/logout");
      forget();
      say("Logging in …");
      const answer = await call("POST", "auth/login", { login: username, password });
      if (answer.status === 401) return say(`${username} has another password: log in with the one that was printed or set.`, true);
      await enter(answer);
    };
    bar.demo.append(" ", button(username, enterAs));
  }
  bar.demo.hidden = accounts.length === 0;
  if (accounts.length && !session) say("Not logged in. One click on a demo account logs you in with it; POST /api/v1/auth/register, under auth, makes an account of your own.");
}

bar.login.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { login, password } = bar.login.elements;
  say("Logging in …");
  await enter(await call("POST", "auth/login", { login: login.value.trim(), password: password.value }));
});

bar.code.addEventListener("submit", async (event) => {
  event.preventDefault();
  const code = bar.code.elements.code.value.trim();
  await enter(await call("POST", "auth/mfa/challenge", { mfa_token: challenge, code }));
});

bar.logout.addEventListener("click", async () => {
  await call("POST", "auth/logout");
  forget();
  bar.who.innerHTML = NOBODY;
});
