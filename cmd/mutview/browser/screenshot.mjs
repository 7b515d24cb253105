// usage: node screenshot.mjs BASE_URL FILE. Shows the only trace, with the
// model call that requested a tool.
import { launch } from "./chromium.mjs";

const [base, file] = process.argv.slice(2);
const browser = await launch();
const p = await browser.newPage({ viewport: { width: 1280, height: 720 }, colorScheme: "light" });
await p.goto(base);
await p.locator(".row b", { hasText: "support-agent" }).click();
await p.locator('[role="treeitem"]', { hasText: "chat toy-model" }).first().click();
await p.locator(".toolcall b", { hasText: "orders" }).waitFor();
await p.screenshot({ path: file });
await browser.close();
