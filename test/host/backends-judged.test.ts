import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { globMatches } from "../../provider/kinds/public-bridge/formats/glob";
import { checkout } from "../../tools/checkout";
import { silent } from "../../tools/progress";
import { stable } from "../lab/debian";
import { hypervisorRoot } from "../lab/root";
import { needsRoot } from "./site";

/**
 * The golden files of test/fixtures/backends, read by the tools of the network managers. The tests compare what the tools make of
 * the files before and after, not our own reading of them. No interface is brought up, and the root file system, which
 * all hosts share, stays unchanged.
 */
const folder = join(checkout, "test/fixtures/backends");

interface Case {
  title: string;
  nic: string;
  wishes?: object;
  before: Record<string, string>;
  after: Record<string, string>;
}

describe("the configuration that ifquery reads", () => {
  let root: string;
  before(async function () {
    needsRoot(this);
    root = await hypervisorRoot(stable, "ifupdown", silent);
  });

  for (const { title, nic, wishes, before, after } of casesOf("ifupdown"))
    it(`is the same for the bridge and for all other interfaces: ${title.replaceAll("-", " ")}`, () => {
      const own = (name: string) => name === nic || name.startsWith(`${nic}:`);
      const names = [
        ...Object.values(before)
          .join("\n")
          .matchAll(/^\s*iface\s+(\S+)/gm),
      ].map(([, name]) => name ?? "");
      const [was, is] = [before, { ...before, ...after }].map((files) => ifquery(root, files, [...names, "br0"]));
      for (const name of names.filter((one) => !own(one))) assert.equal(is?.get(name), was?.get(name), name);
      const port = is?.get(nic) ?? "";
      assert.doesNotMatch(port, /^(address|gateway|netmask): /m);
      if (wishes) return;
      const found = [port, is?.get("br0") ?? ""].join("\n").split("\n");
      const lost = names.filter(own).flatMap((name) => (was?.get(name) ?? "").split("\n"));
      for (const line of lost) assert.ok(found.includes(onBridge(line)), `${line} is lost:\n${found.join("\n")}`);
    });
});

describe("the configuration that netplan generates", () => {
  let root: string;
  before(async function () {
    needsRoot(this);
    root = await hypervisorRoot(stable, "netplan", silent);
  });

  for (const { title, nic, wishes, before, after } of casesOf("netplan"))
    it(`is the same for the bridge and for all other interfaces: ${title.replaceAll("-", " ")}`, () => {
      const [was, is] = [before, { ...before, ...after }].map((files) => generated(root, files)) as [Files, Files];
      const isOfNic = ([, content]: [string, string]) =>
        (/^Name=(.*)$/m.exec(content)?.[1] ?? "*").split(" ").some((pattern) => globMatches(pattern, nic));
      const [old, now] = [was, is].map((files) => Object.entries(files).find(isOfNic)) as [
        [string, string],
        [string, string],
      ];
      assert.match(now[1], /^Bridge=br0$/m);
      assert.doesNotMatch(now[1], /^(Address|Gateway|DHCP)=/m);
      for (const [path, content] of Object.entries(was)) if (path !== now[0]) assert.equal(is[path], content, path);
      if (wishes) return;
      const found = (is["10-netplan-br0.network"] ?? "").split("\n");
      const lost = old[1].replace(/\[Match\][^[]*/, "").split("\n");
      for (const line of lost) assert.ok(found.includes(line), `${line} is lost:\n${found.join("\n")}`);
    });

  it("is the same for every spelling of true and false", () => {
    const dhcp = (text: string) => {
      const content = `network: {ethernets: {eth0: {dhcp4: ${text}}}}\n`;
      return /^DHCP=ipv4$/m.test(generated(root, { "/etc/netplan/a.yaml": content })["10-netplan-eth0.network"] ?? "");
    };
    for (const text of ["true", "yes", "on", "y", "Yes", '"ON"']) assert.equal(dhcp(text), true, text);
    for (const text of ["false", "no", "off", "n", "No", '"OFF"']) assert.equal(dhcp(text), false, text);
  });
});

type Files = Record<string, string>;

function casesOf(backend: string): Case[] {
  const titles = readdirSync(join(folder, backend)).filter((title) =>
    existsSync(join(folder, backend, title, "after")),
  );
  return titles.sort().map((title) => {
    const path = join(folder, backend, title);
    const { nic, sources, wishes } = JSON.parse(readFileSync(join(path, "case.json"), "utf8"));
    const before = Object.fromEntries(
      sources.map((source: string) => [source, readFileSync(join(path, source), "utf8")]),
    );
    const parts = readFileSync(join(path, "after"), "utf8").split(/^==> /m).slice(1);
    const after = parts.map((part) => [part.split(" ")[0], part.slice(part.indexOf("\n") + 1).replace(/\n\n$/, "\n")]);
    return { title, nic, wishes, before, after: Object.fromEntries(after) };
  });
}

/** The definitions by interface name. An undefined interface has an empty one. */
function ifquery(root: string, files: Files, names: readonly string[]): Map<string, string> {
  const ask = names
    .map((name) => `printf '@%s\\n' '${name}'; chroot "$1" ifquery '${name}' 2>/dev/null || :`)
    .join("; ");
  const parts = inRoot(root, "etc/network", files, ask).split(/^@/m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1).trim()]));
}

function generated(root: string, files: Files): Files {
  const list = 'cd "$1"/mnt/run/systemd/network; for file in *.network; do printf "@%s\\n" "$file"; cat "$file"; done';
  const output = inRoot(root, "mnt", files, `chroot "$1" netplan generate --root-dir /mnt 2>/dev/null; ${list}`);
  const parts = output.split(/^@/m).slice(1);
  return Object.fromEntries(
    parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]),
  );
}

/** Puts the files below an empty folder, for this one command, in a mount namespace of its own. */
function inRoot(root: string, below: string, files: Files, command: string): string {
  const prefix = below === "mnt" ? "/mnt" : "";
  const write = Object.keys(files).map((_path, i) => {
    const [path, content] = [`"$1${prefix}\${${2 * i + 2}}"`, `"\${${2 * i + 3}}"`];
    return `mkdir -p "$(dirname ${path})"; (umask 077; printf %s ${content} >${path})`;
  });
  const script = ["set -e", `mount -t tmpfs tmpfs "$1/${below}"`, ...write, command].join("\n");
  const args = Object.entries(files).flat();
  return execFileSync("unshare", ["--mount", "sh", "-c", script, "sh", root, ...args], { encoding: "utf8" });
}

/** The line as our rules for commands rewrite it: `provider/kinds/public-bridge/backends/ifupdown/commands.ts`. */
function onBridge(line: string): string {
  return line
    .replaceAll(/(?<!\S)(dev|-o|link set|label) eth0/g, "$1 br0")
    .replaceAll(/(gw \S+|conf[./]) ?eth0/g, (text) => text.replace("eth0", "br0"))
    .replace("ethtool -K $IFACE", "ethtool -K eth0");
}
