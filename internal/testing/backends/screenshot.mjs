// usage: node screenshot.mjs PHOENIX_URL MLFLOW_URL FOLDER. The quickstart's trace, the
// last that either has, with the call of the model that asked for a tool.
import { launch } from "../../../cmd/mutview/browser/chromium.mjs";

const [phoenix, mlflow, folder] = process.argv.slice(2);
const browser = await launch();

async function read(url, body) {
  const post = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await fetch(url, post)).json();
}

async function shoot(url, file, clip, steps) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 880 } });
  await page.goto(url);
  await steps(page);
  await page.waitForTimeout(1500); // panels slide
  await page.screenshot({ path: `${folder}/${file}`, clip });
}

const { data: spans } = await read(`${phoenix}/v1/projects/default/spans?limit=100`); // the newest first
const trace = spans.find((s) => s.name === "support-agent").context.trace_id;
const call = spans.findLast((s) => s.context.trace_id === trace && s.name === "chat toy-model");
const project = (await read(`${phoenix}/v1/projects`)).data.find((p) => p.name === "default").id;
await shoot(`${phoenix}/projects/${project}/traces/${trace}?selectedSpanNodeId=${call.id}`, "otlp-phoenix.png", { x: 360, y: 46, width: 1080, height: 834 }, (page) =>
  page.getByText("Tool Call").first().waitFor(),
);

const { traces } = await read(`${mlflow}/api/3.0/mlflow/traces/search`, {
  locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "0" } }],
  max_results: 20,
});
const { trace_id } = traces.find((t) => JSON.stringify(t).includes("left the warehouse"));
await shoot(`${mlflow}/#/experiments/0/traces?selectedEvaluationId=${trace_id}`, "otlp-mlflow.png", { x: 0, y: 0, width: 1006, height: 620 }, async (page) => {
  await page.getByText("chat toy-model").first().waitFor();
  await page.waitForTimeout(1500); // the drawer slides
  await page.getByText("chat toy-model").first().evaluate((row) => row.click()); // its handle is in the way of the pointer
  await page.getByText("Tool calls").waitFor();
});

await browser.close();
