// Signs in through a certified OpenID provider (npm oidc-provider) as a browser would, and checks what becomes of
// the user: node certified.mjs GOPRO_URL PROVIDER_PORT CHROMIUM
import assert from "node:assert/strict";
import { Provider } from "oidc-provider";
import { chromium } from "playwright-core";

const [gopro, port, executablePath] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const users = {
  jo: {
    name: "Jürgen Müller",
    preferred_username: "Jürgen Müller",
    email: "jo@school.example",
    email_verified: true,
    locale: "de-AT",
    zoneinfo: "Europe/Vienna",
    groups: ["teachers"],
  },
  ed: { name: "Ed", email: "ed@school.example", email_verified: false },
};

// As the library comes: claims are at the userinfo endpoint alone, and the development pages log anybody in.
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "gopro",
      client_secret: "a secret of the school",
      redirect_uris: [`${gopro}/api/v1/auth/providers/school/callback`],
    },
  ],
  claims: {
    openid: ["sub", "groups"],
    email: ["email", "email_verified"],
    profile: ["name", "preferred_username", "locale", "zoneinfo"],
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...users[id] }) }),
  cookies: { keys: ["a key of a test"] },
});
const server = provider.listen(port, "127.0.0.1");

/** A browser that keeps cookies and follows redirects by hand. */
class Browser {
  cookies = new Map();

  async open(url, options = {}) {
    const headers = {
      Accept: "text/html",
      Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      ...options.headers,
    };
    const answer = await fetch(url, { redirect: "manual", ...options, headers });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      if (/max-age=0|01 Jan 1970/i.test(cookie)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const location = answer.headers.get("location");
    return { answer, next: location && new URL(location, url).href };
  }

  /** Follows redirects until a page of the provider or the end at `gopro`. */
  async follow(url) {
    for (let hops = 0; hops < 10; hops++) {
      const atEnd = url.startsWith(`${gopro}/api/v1/auth/providers/school/callback`);
      const headers = atEnd ? { Accept: "application/json" } : {};
      const { answer, next } = await this.open(url, { headers });
      if (!next) return { url, answer };
      url = next;
    }
    throw new Error("redirects without end");
  }

  async submit(url, fields) {
    const { next } = await this.open(url, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(fields),
    });
    assert.ok(next, "the form leads on");
    return this.follow(next);
  }
}

async function signIn(user) {
  const browser = new Browser();
  const page = await browser.follow(`${gopro}/api/v1/auth/providers/school/authorize?redirect=true`);
  const consent = await browser.submit(page.url, { prompt: "login", login: user, password: "any" });
  const end = await browser.submit(consent.url, { prompt: "consent" });
  return { status: end.answer.status, body: await end.answer.json() };
}

async function me({ access_token }) {
  const answer = await fetch(`${gopro}/api/v1/users/me`, { headers: { Authorization: `Bearer ${access_token}` } });
  assert.equal(answer.status, 200);
  return answer.json();
}

/** From the bar of Swagger UI to the provider and back, in Chromium. */
async function signInFromSwaggerUi() {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
  const browser = await chromium.launch({ executablePath, args });
  const begin = async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${gopro}/docs/`, { waitUntil: "networkidle" });
    await page.click('#providers button:text-is("School of Ada")');
    await page.waitForURL(`${issuer}/**`);
    return page;
  };
  const says = (page, words) =>
    page.waitForFunction((words) => document.getElementById("who")?.textContent.includes(words), words);
  try {
    const page = await begin();
    await page.fill("input[name=login]", "jo");
    await page.fill("input[name=password]", "any");
    await page.click("button[type=submit]");
    await page.click("button[type=submit]");
    await says(page, "Logged in as Jürgen Müller");
    assert.equal(page.url(), `${gopro}/docs/`, "no code stays in the address");
    await page.reload({ waitUntil: "networkidle" });
    await says(page, "Logged in as Jürgen Müller");
    await page.screenshot({ path: new URL("swagger-ui.png", import.meta.url).pathname });
    const canceled = await begin();
    await canceled.click("a[href$=abort]");
    await says(canceled, "You are not logged in");
    assert.equal(await canceled.getAttribute("#who a", "href"), "../problems/auth.sign_in_canceled");
  } finally {
    await browser.close();
  }
}

try {
  const first = await signIn("jo");
  assert.equal(first.status, 200, JSON.stringify(first.body));
  const jo = await me(first.body);
  assert.equal(jo.email, "jo@school.example");
  assert.equal(jo.username, "Jurgen.Muller");
  assert.equal(jo.display_name, "Jürgen Müller");
  assert.deepEqual([jo.locale, jo.time_zone], ["de-AT", "Europe/Vienna"]);
  assert.deepEqual(jo.roles, ["student", "instructor"]);
  const again = await signIn("jo");
  assert.equal((await me(again.body)).id, jo.id, "the same account");
  users.jo.groups = [];
  assert.deepEqual((await me((await signIn("jo")).body)).roles, ["student"]);
  const unverified = await signIn("ed");
  assert.equal(unverified.status, 403);
  assert.equal(unverified.body.code, "auth.provider_email_unverified");
  const browser = new Browser();
  const page = await browser.follow(`${gopro}/api/v1/auth/providers/school/authorize?redirect=true`);
  const canceled = await browser.follow(`${page.url}/abort`);
  assert.equal((await canceled.answer.json()).code, "auth.sign_in_canceled");
  await signInFromSwaggerUi();
  console.log("a certified provider leads in, gives and takes roles, and a canceled sign-in says so");
} finally {
  server.close();
  server.closeAllConnections();
}
