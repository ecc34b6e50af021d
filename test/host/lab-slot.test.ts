import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { checkout } from "../../tools/checkout";
import { type Lab, startLab } from "../lab/lab";

describe("the slot of a lab", function () {
  this.timeout("10m");

  it("is empty after its lab has stopped, and does not affect another lab", async () => {
    const [one, other] = await Promise.all([startLab(), startLab()]);
    const towers = await Promise.all([one.hypervisor("tower"), other.hypervisor("tower")]);
    assert.notEqual(towers[0].address, towers[1].address);
    assert.deepEqual(kindsOf(remains(numberOf(one))), ["cgroup", "folder", "link", "namespace", "process"]);
    await one.stop();
    assert.deepEqual(remains(numberOf(one)), []);
    assert.equal(await towers[1].exec("hostname"), "tower");
    await other.stop();
    assert.deepEqual(remains(numberOf(other)), []);
  });

  it("has no process after its run was killed, and nothing after the next run has started", async () => {
    const run = execa(process.execPath, [join(checkout, "bin/test/lab/cli.js"), "up"], { reject: false });
    const [line] = await once(createInterface(run.stdout), "line");
    const number = Number(/pulumi-kvm-lab\/(\d+)/.exec(line)?.[1]);
    run.kill("SIGKILL");
    for (let tries = 0; kindsOf(remains(number)).includes("process"); tries++) {
      assert.ok(tries < 50, remains(number).join("\n"));
      await sleep(100);
    }
    assert.ok(remains(number).length > 0, "the killed run has left nothing, so what follows shows nothing");
    const next = await startLab();
    await next.stop();
    assert.deepEqual(remains(number), []);
  });

  it("goes to a waiting run when the run that holds it is killed", async () => {
    const number = 249;
    const program = `require("./bin/test/lab/lab").startLab({ slot: ${number} }).then(() => console.log("holds it"))`;
    const run = execa(process.execPath, ["-e", program], { cwd: checkout, reject: false });
    await once(createInterface(run.stdout), "line");
    const waiting = startLab({ slot: number });
    await sleep(500);
    assert.ok(remains(number).length > 0, "there is nothing to remove");
    run.kill("SIGKILL");
    const lab = await waiting;
    await lab.stop();
    assert.deepEqual(remains(number), []);
  });
});

const numberOf = (lab: Lab) => Number(basename(lab.folder));

/** Everything on this machine with the name of the slot, as `kind name`. */
function remains(number: number): string[] {
  const named = (entry: string) => new RegExp(`^kvmlab${number}(-|$)`).test(entry);
  const below = (kind: string, folder: string) =>
    list(folder)
      .filter(named)
      .map((entry) => `${kind} ${entry}`);
  const folder = `/var/tmp/pulumi-kvm-lab/${number}`;
  return [
    ...below("namespace", "/run/netns"),
    ...below("link", "/sys/class/net"),
    ...["unified", "systemd", "."].flatMap((hierarchy) => below("cgroup", join("/sys/fs/cgroup", hierarchy))),
    ...list("/proc")
      .filter((pid) => commandOf(pid).includes(`${folder}/`))
      .map((pid) => `process ${commandOf(pid)}`),
    ...(existsSync(folder) ? [`folder ${folder}`] : []),
  ];
}

const kindsOf = (found: string[]) => [...new Set(found.map((line) => line.split(" ")[0]))].sort();

const list = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // not a process, or one that has ended
  }
}
