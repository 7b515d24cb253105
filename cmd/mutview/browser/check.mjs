// Tests the page in a real Chromium, as a user sees it. Usage: node check.mjs BASE_URL
// with playwright-core in the same directory; see ./run. Exits with 1 at the first failure.
import assert from "node:assert/strict";
import { writeFile, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { launch } from "./chromium.mjs";
import * as demo from "./demo.mjs";

const base = process.argv[2];
const shots = process.env.SHOTS;
const browser = await launch();

const complaints = [];
async function page(path, options = {}) {
  const p = await browser.newPage({ viewport: { width: 1400, height: 860 }, ...options });
  p.setDefaultTimeout(15_000);
  p.on("console", (m) => ["error", "warning"].includes(m.type()) && complaints.push(`${path}: ${m.text()}`));
  p.on("pageerror", (e) => complaints.push(`${path}: ${e.message}`));
  p.on("dialog", (d) => complaints.push(`${path}: a dialog says ${d.message()}`));
  p.on("request", (r) => !r.url().startsWith(path.startsWith("file:") ? "file:" : base) && !r.url().startsWith("data:") && complaints.push(`${path}: asks for ${r.url().slice(0, 100)}`));
  await p.goto(path.startsWith("file:") ? path : base + path);
  return p;
}
const text = (p, selector) => p.locator(selector).first().innerText();
const query = (p) => new URL(p.url()).searchParams;

const checks = {
  async "a trace appears by itself while the list is open"() {
    const p = await page("/");
    await p.getByText("Waiting for the first trace").waitFor();
    await demo.post(base, demo.agent(Date.now()));
    await p.locator(".row b", { hasText: "support-agent" }).waitFor();
    assert.match(await text(p, ".row"), /2,264/); // tokens, counted from the leaves
    await p.close();
  },
  async "a running span ends while its trace is open"() {
    const trace = demo.otlp({ name: "slow", at: 0, for: null, spans: [] }, { start: Date.now() });
    await demo.post(base, trace);
    const p = await page("/trace/" + trace.traceId);
    await p.locator(".title .running").waitFor();
    trace.spans.resourceSpans[0].scopeSpans[0].spans[0].endTimeUnixNano = String(BigInt(Date.now()) * 1000000n);
    await demo.post(base, trace);
    await p.locator(".title .running").waitFor({ state: "detached" });
    await p.close();
  },
  async "the quickstart's trace, as its SDK sends it"() {
    if (!process.env.QUICKSTART) return;
    await promisify(execFile)(process.env.QUICKSTART, { env: { ...process.env, MUTAGENT_API_KEY: "mt_local", MUTAGENT_ENDPOINT: base } });
    const p = await page("/?q=1042");
    await p.locator(".row b", { hasText: "support-agent" }).first().click();
    await p.locator('[role="treeitem"]').nth(6).waitFor();
    assert.equal(await p.locator('[role="treeitem"]').count(), 7);
    await p.keyboard.press("e");
    await p.locator(".failure", { hasText: "connection reset" }).waitFor();
    await p.close();
  },
  async "the tree, by keyboard alone"() {
    const id = await demo.post(base, demo.agent(Date.now()));
    const p = await page("/trace/" + id);
    await p.locator('[role="treeitem"]').first().waitFor();
    assert.equal(await p.locator('[role="treeitem"]').count(), 8);
    for (let i = 0; i < 3; i++) await p.keyboard.press("j");
    await p.locator(".panel h2", { hasText: "plan" }).waitFor();
    assert.ok(query(p).get("span"), "the span is in the address");
    await p.locator(".message.r-system").waitFor();
    await p.locator(".toolcall b", { hasText: "lookup_order" }).waitFor();
    await p.keyboard.press("j");
    const rows = (n) => p.waitForFunction((n) => document.querySelectorAll('[role="treeitem"]').length === n, n);
    await p.keyboard.press("ArrowLeft");
    await rows(7);
    await p.keyboard.press("ArrowRight");
    await rows(8);
    await p.keyboard.press("2");
    await p.locator(".attrs").first().waitFor();
    await p.keyboard.press("3");
    await p.locator(".log .source", { hasText: "orders/store.go:57" }).waitFor();
    await p.keyboard.press("l");
    await p.locator(".line", { hasText: "cache miss" }).waitFor();
    await p.reload();
    await p.locator(".line", { hasText: "cache miss" }).waitFor(); // the address has the whole state
    await p.keyboard.press("Escape");
    await p.locator(".panel").waitFor({ state: "detached" });
    await p.keyboard.press("Escape");
    await p.locator(".list .row").first().waitFor();
    assert.equal(new URL(p.url()).pathname, "/");
    await p.close();
  },
  async "the way to what failed"() {
    const id = await demo.post(base, demo.failing(Date.now()));
    const p = await page("/trace/" + id);
    await p.locator(".span.leads", { hasText: "refund-agent" }).waitFor();
    await p.keyboard.press("e");
    await p.locator(".failure", { hasText: "PaymentError" }).waitFor();
    await p.close();
  },
  async "search in everything, and in one trace"() {
    const id = await demo.post(base, demo.rag(Date.now()));
    const p = await page("/");
    await p.locator(".row").first().waitFor();
    await p.keyboard.press("/");
    await p.keyboard.type('"before a Lambda"');
    await p.locator(".row b", { hasText: "docs-qa" }).waitFor();
    await p.waitForFunction(() => document.querySelectorAll(".row").length === 1);
    await p.waitForURL((url) => url.searchParams.get("q") === '"before a Lambda"');
    await p.goto(base + "/trace/" + id + "?find=handler");
    await p.locator(".span.hit").first().waitFor();
    await p.close();
  },
  async "filters are in the address"() {
    await demo.post(base, demo.openllmetry(Date.now()));
    const p = await page("/?service=jokes");
    await p.locator(".row").first().waitFor();
    assert.equal(await p.locator(".row").count(), 1);
    await p.locator(".filters .chip.on", { hasText: "jokes" }).click();
    await p.waitForFunction(() => document.querySelectorAll(".row").length > 1);
    assert.equal(query(p).get("service"), null);
    await p.locator(".filters .chip", { hasText: "failed" }).click();
    await p.locator(".row.ok").first().waitFor({ state: "detached" });
    await p.goBack();
    await p.locator(".row.ok").first().waitFor();
    await p.close();
  },
  async "sessions, percentiles, two traces side by side"() {
    const a = await demo.post(base, demo.agent(Date.now())), b = await demo.post(base, demo.agent(Date.now()));
    let p = await page("/sessions");
    await p.locator(".row b", { hasText: "chat-2291" }).waitFor();
    await p.goto(base + "/names");
    await p.locator("tbody th", { hasText: "lookup_order" }).waitFor();
    await p.locator(".chip", { hasText: "Tokens" }).click();
    await p.locator("tbody th", { hasText: "lookup_order" }).waitFor({ state: "detached" }); // it uses no tokens
    assert.match(await text(p, 'tr:has(th:has-text("answer"))'), /1,347/);
    await p.locator(".chip", { hasText: "Cost" }).click();
    await p.waitForURL((url) => url.searchParams.get("of") === "cost");
    await p.locator("tbody tr", { hasText: "answer" }).getByText("$0.0058").first().waitFor();
    await p.goto(base + `/compare?a=${a}&b=${b}`);
    await p.locator("tbody th", { hasText: "SELECT orders" }).waitFor();
    assert.equal(await p.locator("tr.added, tr.gone").count(), 0);
    await p.close();
  },
  async "markup in every text stays text"() {
    const id = await demo.post(base, demo.hostile(Date.now()));
    for (const path of ["/", "/sessions", "/names", `/trace/${id}?log=1`, `/compare?a=${id}&b=${id}`]) {
      const p = await page(path);
      await p.getByText("<img src=x").first().waitFor();
      if (path.startsWith("/trace")) {
        for (let i = 0; i < 3; i++) {
          await p.keyboard.press("j");
          for (const key of ["1", "2", "3", "4"]) { await p.keyboard.press(key); await p.waitForTimeout(60); }
        }
      }
      assert.equal(await p.evaluate(() => window.hacked), undefined, path);
      assert.equal(await p.locator("#app img, #app script, #app iframe").count(), 0, path);
      await p.close();
    }
  },
  async "the exported file opens from disk, and asks for nothing"() {
    for (const make of [demo.agent, demo.hostile]) {
      const id = await demo.post(base, make(Date.now()));
      const file = join(await mkdtemp(join(tmpdir(), "mutview-")), "trace.html");
      await writeFile(file, await (await fetch(`${base}/api/view/traces/${id}/export?format=html`)).text());
      const p = await page("file://" + file);
      await p.locator('[role="treeitem"]').nth(1).waitFor();
      await p.keyboard.press("j");
      await p.keyboard.press("j");
      await p.locator(".panel h2").waitFor();
      assert.equal(await p.evaluate(() => window.hacked), undefined);
      await p.close();
    }
  },
  async "400 pixels are enough"() {
    const id = await demo.post(base, demo.agent(Date.now()));
    for (const path of ["/", "/trace/" + id, "/sessions"]) {
      const p = await page(path, { viewport: { width: 400, height: 800 } });
      await p.locator(".row, .span").first().waitFor();
      assert.ok(await p.evaluate(() => document.documentElement.scrollWidth <= innerWidth), path + " is too wide");
      await p.close();
    }
  },
  async "every control has a name"() {
    const id = await demo.post(base, demo.agent(Date.now()));
    const p = await page("/trace/" + id);
    await p.locator('[role="treeitem"]').first().click();
    const nameless = await p.evaluate(() => [...document.querySelectorAll("button, input, a[href]")].filter((e) => !(e.textContent || e.getAttribute("aria-label") || "").trim()).map((e) => e.outerHTML.slice(0, 90)));
    assert.deepEqual(nameless, []);
    await p.close();
  },
  async "10,000 spans open with little work, and only rows in sight are in the document"() {
    const id = await demo.post(base, demo.big(10_000, Date.now()));
    const p = await page("/sessions"); // the scripts are warm, the trace is not
    const cdp = await p.context().newCDPSession(p);
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    const cpu = async () => (await cdp.send("Performance.getMetrics")).metrics.find((m) => m.name === "TaskDuration").value * 1000;
    const started = Date.now(), before = await cpu();
    await p.goto(base + "/trace/" + id);
    await p.locator('[role="treeitem"]').first().waitFor();
    const opened = Date.now() - started, busy = Math.round((await cpu()) - before);
    await p.evaluate(() => { window.long = []; new PerformanceObserver((l) => window.long.push(...l.getEntries().map((e) => e.duration))).observe({ entryTypes: ["longtask"] }); });
    for (let i = 0; i < 20; i++) { await p.evaluate((i) => { document.querySelector(".waterfall").scrollTop = i * 14_000; }, i); await p.waitForTimeout(30); }
    const long = await p.evaluate(() => window.long);
    const rows = await p.locator(".span").count();
    console.log(`  ${opened} ms to the tree, of which the page computed ${busy} ms, ${rows} rows in the document, long tasks while scrolling: ${JSON.stringify(long)}`);
    assert.ok(rows < 100, `${rows} rows`);
    assert.ok(busy <= 500, `the page computed ${busy} ms`); // its own CPU time, because the machine may be busy
    assert.ok(opened <= 5000, `${opened} ms`);
    await p.close();
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  if (process.env.ONLY && !name.includes(process.env.ONLY)) continue;
  const before = complaints.length;
  try {
    await check();
    assert.deepEqual(complaints.slice(before), [], "the console or the network complained");
    console.log("ok   " + name);
  } catch (e) {
    failed++;
    console.log("FAIL " + name + "\n" + e.stack);
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
