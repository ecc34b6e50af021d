// A guest behind NAT, from its pieces: what the components are made of.
import * as pulumi from "@pulumi/pulumi";
import * as kvm from "pulumi-kvm";

const config = new pulumi.Config();
const host = new kvm.Host(config.require("host"));

// The network: a bridge that the host has an address on, and the way out of it.
const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.60.1/24", "fd99:9999:9999:60::1/64"] });
const forwarding = new kvm.IpForwarding("router", { host });
const nat = new kvm.Masquerade("nat", {
  host,
  source: "192.168.60.0/24",
  outInterface: config.require("uplink"),
});
const out = new kvm.FirewallRule("out", { host, chain: "forward", inInterface: lan.name, action: "accept" });
const back = new kvm.FirewallRule("back", {
  host,
  chain: "forward",
  outInterface: lan.name,
  states: ["established", "related"],
  action: "accept",
});

// The guest: a disk that starts as the image, and a tap that is a port of the bridge.
const image = new kvm.Image("debian", {
  host,
  source: config.require("image"),
  sha256: config.get("imageSha256"),
});
const disk = new kvm.Disk("web", { host, image });
const tap = new kvm.Tap("web", { host, bridge: lan.name });
const web = new kvm.Guest("web", {
  host,
  memoryMiB: 256,
  accelerator: config.get<"auto" | "kvm" | "tcg">("accelerator"),
  disks: [disk],
  nics: [{ tap: tap.name }],
  cloudInit: { hostname: "web", network: { addresses: ["192.168.60.10/24"], gateway: "192.168.60.1" } },
  waitFor: { ssh: true, cloudInit: true, timeoutSeconds: 600 },
});

// The proof, from both sides. It is tried again whenever what it proves has changed.
const reached = new kvm.Probe("web answers", {
  from: host,
  tcp: "192.168.60.10:22",
  triggers: [lan.revision, web.revision],
});
const url = config.get("probeUrl");
const fetched = url
  ? new kvm.Probe(
      "web gets out",
      { from: web, http: url, triggers: [web.revision, forwarding.revision, nat.revision] },
      { dependsOn: [forwarding, nat, out, back], deletedWith: web },
    )
  : undefined;

export const ssh = web.ssh;
export const console = web.console;
export const proof = { "host → web ssh": reached.result, ...(fetched && { "web → http": fetched.result }) };
