// Opens every page as people do: node pages.mjs GOPRO_URL CHROMIUM DEMO_LINK
import assert from "node:assert/strict";
import AxeBuilder from "@axe-core/playwright";
import { chromium } from "playwright-core";

const [gopro, executablePath, demo] = process.argv.slice(2);
const folder = new URL(".", import.meta.url).pathname;
const PAGES = [
  "docs/",
  "problems/auth.credentials_invalid",
  ...["verify", "undo", "reset", "invite", "keep"].map((page) => `account/${page}#token=none`),
  "account/sign-in#error=auth.sign_in_canceled",
];
const SCREENS = [
  { name: "wide-light", viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  { name: "narrow-dark", viewport: { width: 390, height: 844 }, colorScheme: "dark" },
];

const EMAIL = new URL("email.html", import.meta.url).href;

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});

/** What axe-core calls serious or critical on the page as it is. */
async function faults(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return grave.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html).join(" ")}`);
}

async function look(screen) {
  const { name, ...options } = screen;
  const context = await browser.newContext({ ...options, locale: "en-US", bypassCSP: true });
  const found = [];
  for (const path of [...PAGES, EMAIL]) {
    const page = await context.newPage();
    await page.goto(path === EMAIL ? EMAIL : `${gopro}/${path}`, { waitUntil: "networkidle" });
    const file = path === EMAIL ? "email" : path.replace(/[^a-z]+/g, "-").replace(/-+$/, "");
    await page.screenshot({ path: `${folder}${file}-${name}.png` });
    for (const fault of await faults(page)) found.push(`${path} (${name}): ${fault}`);
    await page.close();
  }
  await context.close();
  return found;
}

/** From the demo account of one click to an answer of the API. */
async function useSwaggerUi() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-US" });
  const page = await context.newPage();
  const foreign = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(gopro) && !request.url().startsWith("data:")) foreign.push(request.url());
  });
  await page.goto(demo, { waitUntil: "networkidle" });
  for (const account of ["learner", "instructor", "admin"]) {
    await page.click(`#demo button:text-is("${account}")`);
    await page.waitForFunction((who) => document.getElementById("who").textContent.includes(who), "Logged in as");
  }
  await page.click('#demo button:text-is("learner")');
  await page.waitForFunction(() => document.getElementById("who").textContent.includes("Lea Learner"));
  await page.screenshot({ path: `${folder}swagger-ui.png` });
  const open = async (tag, id) => {
    await page.evaluate((tag) => ui.layoutActions.show(["operations-tag", tag], true), tag);
    const operation = page.locator(`#operations-${tag}-${id}`);
    await operation.locator("button.opblock-summary-control").click();
    return operation;
  };
  const execute = async (tag, id) => {
    const operation = await open(tag, id);
    await operation.locator("button.execute").click();
    const status = operation.locator(".live-responses-table .response-col_status").nth(1);
    await status.waitFor();
    assert.match(await status.textContent(), /200/, id);
  };
  await execute("users", "get_me");
  // An id that an answer names is in the fields that take it.
  await execute("users", "list_my_sessions");
  const revoke = await open("users", "revoke_my_session");
  const field = await revoke.locator("tr[data-param-name=session] input").inputValue();
  assert.match(field, /^[0-9a-f-]{36}$/);
  await page.screenshot({ path: `${folder}swagger-ui-answer.png` });
  assert.deepEqual(foreign, [], "nothing is loaded from elsewhere");
  await context.close();
}

try {
  const found = [];
  for (const screen of SCREENS) found.push(...(await look(screen)));
  assert.deepEqual(found, []);
  await useSwaggerUi();
  console.log(`${PAGES.length + 1} pages on ${SCREENS.length} screens have no serious fault, and Swagger UI is usable`);
} finally {
  await browser.close();
}
