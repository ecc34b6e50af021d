import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { checkout } from "../../tools/checkout";
import { endsWithin, isAlive, processEnds } from "../elapsed";
import type { Engine, Properties } from "./engine";
import { openSite, type Site } from "./site";

/** The process that the engine starts: its signals, its parent and its output. */
describe("the provider's process", () => {
  let site: Site;
  let host: Properties;
  beforeEach(async () => {
    site = await openSite();
    host = (await site.host()).host;
  });
  afterEach(() => site.close());

  /** A create that waits on the host until the test calls `release`. */
  async function midCreate(engine: Engine) {
    const { inputs } = await engine.check("Tap", {}, { host, path: "lab/web", name: "web" });
    let release: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      site.ssh.before = (script) => {
        if (!script.includes("tuntap")) return;
        resolve();
        return new Promise((go) => {
          release = go;
        });
      };
    });
    const made = engine.create("Tap", inputs).catch((error: Error) => error);
    await arrived;
    return { made, release: () => release() };
  }

  it("ends at SIGINT within the engine's five seconds, also in the middle of a create", async () => {
    const engine = await site.nextRun({}, { throughScript: true });
    const { made, release } = await midCreate(engine);
    await endsWithin(10, () => engine.close());
    assert.ok((await made) instanceof Error);
    release();
  });

  it("stops waiting for a probe when the engine cancels", async () => {
    const probe = { host, path: "lab/proof", tcp: "127.0.0.1:1", timeoutSeconds: 60 };
    const { inputs } = await site.engine.check("Probe", {}, probe);
    const proved = site.engine.create("Probe", inputs).catch((error: Error) => error);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await endsWithin(30, async () => {
      await site.engine.cancel();
      assert.ok((await proved) instanceof Error);
    });
  });

  it("closes its connection when it ends", async () => {
    const engine = await site.nextRun();
    const { inputs } = await engine.check("Tap", {}, { host, path: "lab/web", name: "web" });
    await engine.create("Tap", inputs);
    const before = site.ssh.open();
    await engine.close();
    await until(() => site.ssh.open() === before - 1);
  });

  it("ends when the engine is killed, also in the middle of a create", async () => {
    const engine = await site.nextRun({}, { throughScript: true });
    const { release } = await midCreate(engine);
    const node = childOf(engine.process.pid ?? 0);
    assert.ok(isAlive(node));
    // SIGKILL of the engine has one effect on its plugin: the plugin's input is closed.
    engine.process.stdin?.destroy();
    await processEnds(node);
    release();
  });

  it("ends when the shell that started it is killed", async () => {
    const engine = await site.nextRun({}, { throughScript: true });
    await engine.check("Tap", {}, { host, path: "lab/web" });
    const node = childOf(engine.process.pid ?? 0);
    assert.ok(isAlive(node));
    engine.process.kill("SIGKILL");
    await processEnds(node);
  });

  it("keeps running while its engine runs, even without work", async () => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal(site.engine.process.exitCode, null);
    assert.deepEqual((await site.engine.check("Tap", {}, { host, path: "lab/web" })).failures, []);
  });

  it("prints nothing when there is no error, because each line would appear under the stack without a name", async () => {
    const { inputs } = await site.engine.check("Tap", {}, { host, path: "lab/web", name: "web" });
    const { id, outs } = await site.engine.create("Tap", inputs);
    await site.engine.read("Tap", id, outs);
    await site.engine.delete("Tap", id, outs);
    assert.equal(site.engine.output(), "");
  });
});

describe("the program's process", () => {
  /** The value of an expression after this code, in a process of its own. */
  async function valueAfter<T>(code: string, expression: string): Promise<T> {
    const script = `${code}; console.log(JSON.stringify(${expression}))`;
    const child = spawn(process.execPath, ["-e", script], { cwd: checkout, stdio: ["ignore", "pipe", "inherit"] });
    const chunks: string[] = [];
    child.stdout.on("data", (chunk) => chunks.push(String(chunk)));
    await once(child, "close");
    return JSON.parse(chunks.join("")) as T;
  }

  const loaded = (code: string) => valueAfter<string[]>(code, "Object.keys(require.cache)");

  it("loads neither SSH nor any other code that contacts hosts", async () => {
    const reaching = (files: string[]) =>
      files
        .map((file) => relative(checkout, file))
        .filter((file) =>
          /^(node_modules\/(ssh2|execa)|bin\/provider\/(transport|lifecycle|reconcile|network-change\/client))/.test(
            file,
          ),
        );
    assert.deepEqual(reaching(await loaded('require("pulumi-kvm")')), []);
    assert.notDeepEqual(reaching(await loaded('require("pulumi-kvm/provider")')), [], "the provider's does");
  });

  it("loads no dependency except ipaddr.js, so that a program starts quickly", async () => {
    const { dependencies } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
    const ours = (files: string[]) => {
      const names = files.map(
        (file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(relative(checkout, file))?.[1] ?? "",
      );
      return [...new Set(names)].filter((name) => name in dependencies).sort();
    };
    assert.deepEqual(ours(await loaded('require("pulumi-kvm")')), ["ipaddr.js"]);
    const ofTheProvider = ours(await loaded('require("pulumi-kvm/provider")'));
    for (const name of ["zod", "yaml"]) assert.ok(ofTheProvider.includes(name), `the provider's loads ${name}`);
  });

  it("takes at most 100 ms of CPU time to load the package, in addition to Pulumi's SDK", async () => {
    const code = 'require("@pulumi/pulumi"); const began = process.cpuUsage(); require("pulumi-kvm")';
    const spent: number[] = [];
    for (let i = 0; i < 3; i++) spent.push(await valueAfter(code, "process.cpuUsage(began).user / 1000"));
    assert.ok(Math.min(...spent) < 100, spent.join(" "));
  });
});

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").at(-1));
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 30_000; !condition(); await new Promise((resolve) => setTimeout(resolve, 20))) {
    assert.ok(performance.now() < end, "not within 30 s");
  }
}
