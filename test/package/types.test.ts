import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import * as kvm from "../../index";
import { checkout } from "../../tools/checkout";
import { isFullRun } from "../sample";
import { type Elsewhere, openElsewhere } from "./packed";
import { publicMembers } from "./public-members";
import { wrongPrograms } from "./wrong-programs";

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

/** A program that names the types: functions and components of its own, values that are known later, outputs. */
const ownProgram = `
import * as pulumi from "@pulumi/pulumi";
import * as kvm from "pulumi-kvm";

const config = new pulumi.Config();
const host = new kvm.Host("tower", { jump: { name: "bastion" }, port: pulumi.output(2222) });
declare const key: { publicKeyOpenssh: pulumi.Output<string> };

const nicsOf = (taps: kvm.Tap[]): kvm.NicArgs[] => taps.map(({ name }) => ({ tap: name }));
const forward = (hostPort: number): kvm.HostForwardArgs => ({ hostPort, guestPort: 22 });
const small: Omit<kvm.GuestArgs, "host"> = { memoryMiB: 256, waitFor: { ssh: true } };
const tapArgs: kvm.TapArgs = { host, mtu: config.getNumber("mtu"), bridge: config.get("bridge") };

interface SiteArgs extends Pick<kvm.GatewayLabArgs, "image" | "cidr"> {
  host: pulumi.Input<kvm.HostOrGuest>;
}
class Site extends pulumi.ComponentResource {
  readonly web: kvm.Guest;
  constructor(name: string, { host, image }: SiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("own:index:Site", name, {}, opts);
    const tap = new kvm.Tap(name, { host }, { parent: this });
    this.web = new kvm.Guest(name, { host, ...small, nics: nicsOf([tap]) }, { parent: this });
  }
}
const { web } = new Site("web", { host, image: "/srv/debian.qcow2" });
const later = pulumi.output(host);
new kvm.Tap("later", { ...tapArgs, host: later });
new kvm.Route("inside", { host: web, destination: "default", gateway: pulumi.output("192.168.60.1") });
const nics = ["web"].map((tap) => ({ tap, model: "virtio" as const }));
new kvm.Guest("list", { host, nics, disks: pulumi.output([new kvm.Disk("data", { host, sizeGiB: 1 })]) });
new kvm.Guest("forwards", { host, nics: [{ user: { hostForwards: [forward(2222)] } }] });
new kvm.Probe("answers", { from: web, ping: config.get("address"), triggers: [web.revision, 1] });
const lab = new kvm.GatewayLab("lab", {
  host: later,
  image: pulumi.output("/srv/debian.qcow2"),
  cidr: pulumi.output("10.0.0.0/24"),
  gateway: { hostForwards: [forward(2201)] },
  guests: { deb2: { memoryMiB: pulumi.output(512), nic: { model: "e1000" } }, deb3: { address: pulumi.output("10.0.0.9") } },
  sshAuthorizedKeys: [key.publicKeyOpenssh],
  probe: { url: config.get("url") },
});

export const memory: pulumi.Output<number> = web.memoryMiB;
export const tap: pulumi.Output<string | undefined> = web.nics.apply(([nic]) => nic?.tap);
export const all: pulumi.Output<kvm.Nic[]> = web.nics;
export const stp: pulumi.Output<boolean> = lab.bridge.stp;
export const address: pulumi.Output<string | undefined> = lab.bridge.host.apply(({ address }) => address);
export const reference: pulumi.Output<kvm.HostRef> = web.host.host;
export const facts: pulumi.Output<kvm.HostFacts> = host.facts;
export const access: pulumi.Output<Record<string, kvm.GuestAccess>> = lab.guests;
export const sheets: pulumi.Output<Record<string, kvm.GuestSheet>> = lab.guests;
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

  it("can be named in functions and components of a program", async () => {
    await hasNoErrorOfOurs(installed("typescript"), "nodenext, ESM", true, ownProgram);
  });

  it("give errors with names that a program can import", async () => {
    const head = `import * as pulumi from "@pulumi/pulumi";\nimport * as kvm from "pulumi-kvm";\ndeclare const host: kvm.Host;\ndeclare const late: pulumi.Output<string>;`;
    const text = [head, ...wrongPrograms.map(([statement]) => statement)].join("\n");
    const found = await errors(installed("typescript"), "nodenext, ESM", true, text);
    const offset = head.split("\n").length + 1;
    const told = wrongPrograms.map(([statement], i) => [statement, messageAt(found, offset + i)]);
    assert.deepEqual(told, wrongPrograms);
    assert.equal(found.length, wrongPrograms.length);
  });

  it("have a comment on each argument and each output, and export each type that these name", () => {
    const members = publicMembers(join(elsewhere.unpacked, "bin/index.d.ts"));
    assert.ok(members.length > 300, String(members.length));
    const silent = members.filter(({ comment }) => comment === "").map(({ name }) => name);
    assert.deepEqual(silent, []);
    const hidden = members.flatMap(({ name, hidden }) => hidden.map((type) => `${name}: ${type}`));
    assert.deepEqual(hidden, []);
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

  async function hasNoErrorOfOurs(
    compiler: string,
    mode: string,
    skipLibCheck: boolean,
    text = program,
  ): Promise<void> {
    const found = await errors(compiler, mode, skipLibCheck, text);
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
    const found = stdout
      .replaceAll(/\n +/g, " ")
      .split("\n")
      .filter((line) => /error TS\d+/.test(line));
    assert.equal(found.length === 0, exitCode === 0, stdout);
    return found;
  }
});

/** The error at a line: "TS2322: Type … is not assignable to …" */
function messageAt(found: readonly string[], line: number): string {
  const at = found.filter((error) => error.startsWith(`index.ts(${line},`));
  return at.map((error) => error.replace(/^.*?: error /, "")).join("; ");
}

function installed(name: string, folder = checkout): string {
  return join(folder, "node_modules", name);
}

/** TypeScript 7 has no node10 any more. */
function isGone(version: string, mode: string): boolean {
  return version === "7" && mode.endsWith("node10");
}
