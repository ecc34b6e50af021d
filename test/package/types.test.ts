import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import * as kvm from "../../index";
import { checkout } from "../../tools/checkout";
import { isFullRun } from "../sample";
import { type Elsewhere, openElsewhere } from "./packed";

/** A program that makes one of everything. The examples in the comments of the classes are a part of it. */
const program = `
import * as pulumi from "@pulumi/pulumi";
import * as kvm from "pulumi-kvm";

const host = new kvm.Host("tower", { address: "tower.example.net", user: "lab", packages: "install" });
const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.60.1/24"], mtu: pulumi.output(1500) });
const image = new kvm.Image("debian", { host, source: "/srv/debian.qcow2" });
const disk = new kvm.Disk("web", { host, image, sizeGiB: 4 });
const tap = new kvm.Tap("web", { host, bridge: lan.name });
const web = new kvm.Guest("web", {
  host,
  disks: [disk],
  nics: [{ tap: tap.name, model: "virtio" }],
  cloudInit: { network: { addresses: ["192.168.60.10/24"], gateway: "192.168.60.1" } },
  waitFor: { ssh: true },
});
new kvm.Sysctl("filter", { host, key: "net.ipv4.conf.all.rp_filter", value: 1 });
new kvm.IpForwarding("router", { host: web });
new kvm.Route("route", { host: web, destination: "default", gateway: "192.168.60.1" });
new kvm.Masquerade("nat", { host, outInterface: "eth0" });
new kvm.FirewallRule("out", { host, chain: "forward", inInterface: lan.name, action: "accept" });
new kvm.PortForward("ssh", { host, protocol: "tcp", listenPort: 2222, to: "192.168.60.10:22" });
const probe = new kvm.Probe("web answers", { from: host, tcp: "192.168.60.10:22", triggers: [web.revision] });
const pub = new kvm.PublicBridge("office", { host, nic: "eth1" });
const lab = new kvm.GatewayLab("lab", { host, image: { source: "/srv/debian.qcow2" }, guests: { deb2: { memoryMiB: 512 } } });
const office = new kvm.PublicBridgeLab("labs", { host, image, bridge: pub, guests: 2 });

export const ssh: pulumi.Output<string> = web.ssh;
export const distribution = host.facts.apply((facts) => facts.distribution);
export const sheets = pulumi.all([lab.guests, office.guests]).apply(([a, b]) => Object.keys({ ...a, ...b }));
export const result: pulumi.Output<string> = probe.result;
${globSync("provider/kinds/**/*.resource.ts", { cwd: checkout }).map(exampleIn).join("\n")}
`;

/** The `@example` of a class, in a block of its own. */
function exampleIn(file: string): string {
  const [, code = ""] = /@example\n(.*?)\n \*\//s.exec(readFileSync(join(checkout, file), "utf8")) ?? [];
  return `{\n${code.replaceAll(/^ \* ?(```\w*)?/gm, "")}\n}`;
}

/** Errors that it has too are errors of Pulumi or of @types/node. */
const control = `
import * as pulumi from "@pulumi/pulumi";
export const name = new pulumi.Config().require("name");
`;

const modes: Record<string, { type?: "module"; options: Record<string, string> }> = {
  "commonjs, node10": { options: { module: "commonjs", moduleResolution: "node10" } },
  node16: { options: { module: "node16", moduleResolution: "node16" } },
  "nodenext, CommonJS": { options: { module: "nodenext", moduleResolution: "nodenext" } },
  "nodenext, ESM": { type: "module", options: { module: "nodenext", moduleResolution: "nodenext" } },
  bundler: { options: { module: "esnext", moduleResolution: "bundler" } },
};

const versions = ["5.0", "5.5", "5.9", "6", "7"];

describe("the types of the package", () => {
  let elsewhere: Elsewhere;
  before(async () => {
    elsewhere = await openElsewhere();
    for (const scope of ["@pulumi", "@types"]) await mkdir(join(elsewhere.folder, "node_modules", scope));
    for (const name of ["@pulumi/pulumi", "@types/node"])
      await symlink(installed(name), installed(name, elsewhere.folder));
  });
  after(() => elsewhere?.remove());

  it("are tested with a program that uses each exported class", () => {
    const unused = Object.keys(kvm).filter((name) => !program.includes(`new kvm.${name}(`));
    assert.deepEqual(unused, [], "give these classes an @example in their comments, as Sysctl has one");
  });

  it("have no error in a usual Pulumi project: commonjs, node10, without skipLibCheck", async () => {
    await hasNoErrorOfOurs(installed("typescript"), "commonjs, node10", false);
  });

  if (isFullRun)
    describe("with other releases of TypeScript", () => {
      before(async () => {
        const wanted = versions.map((version) => `typescript-${version}@npm:typescript@${version}`);
        const { env, folder: cwd } = elsewhere;
        await execa("npm", ["install", "--prefix", join(cwd, "compilers"), ...wanted], { cwd, env, extendEnv: false });
      });

      for (const version of versions)
        for (const mode of Object.keys(modes))
          for (const skipLibCheck of [true, false])
            if (!isGone(version, mode))
              it(`have no error: ${version}, ${mode}, ${skipLibCheck ? "with" : "without"} skipLibCheck`, async () => {
                const compiler = installed(`typescript-${version}`, join(elsewhere.folder, "compilers"));
                await hasNoErrorOfOurs(compiler, mode, skipLibCheck);
              });
    });

  async function hasNoErrorOfOurs(compiler: string, mode: string, skipLibCheck: boolean): Promise<void> {
    const found = await errors(compiler, mode, skipLibCheck, program);
    if (found.length === 0) return;
    const foreign = await errors(compiler, mode, skipLibCheck, control);
    assert.deepEqual(
      found.filter((error) => !foreign.includes(error)),
      [],
    );
  }

  async function errors(compiler: string, mode: string, skipLibCheck: boolean, text: string): Promise<string[]> {
    const folder = await mkdtemp(join(elsewhere.folder, "program-"));
    const { type = "commonjs", options } = modes[mode] ?? { options: {} };
    const deprecated = options.moduleResolution === "node10" && !/typescript-5/.test(compiler);
    const compilerOptions = {
      ...{ strict: true, target: "es2022", noEmit: true, types: ["node"], skipLibCheck, ...options },
      ...(deprecated && { ignoreDeprecations: "6.0" }),
    };
    await writeFile(join(folder, "package.json"), JSON.stringify({ type }));
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["index.ts"] }));
    await writeFile(join(folder, "index.ts"), text);
    const tsc = [join(compiler, "bin/tsc"), "--pretty", "false"];
    const { stdout, exitCode } = await execa("node", tsc, { cwd: folder, env: elsewhere.env, reject: false });
    const found = stdout.split("\n").filter((line) => /error TS\d+/.test(line));
    assert.equal(found.length === 0, exitCode === 0, stdout);
    return found;
  }
});

function installed(name: string, folder = checkout): string {
  return join(folder, "node_modules", name);
}

/** TypeScript 7 has no node10 any more. */
function isGone(version: string, mode: string): boolean {
  return version === "7" && mode.endsWith("node10");
}
