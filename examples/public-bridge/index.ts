// The host's own NIC under a bridge, and guests on the LAN that it is on: with leases from the LAN's own DHCP server.
import * as pulumi from "@pulumi/pulumi";
import * as kvm from "pulumi-kvm";

const config = new pulumi.Config();

const host = new kvm.Host(config.require("host"), {
  address: config.get("address"),
  user: config.get("user"),
  port: config.getNumber("port"),
});

// All that the NIC has goes to the bridge. If nobody gets in afterwards, the host undoes it by itself.
const lan = new kvm.PublicBridge("lan", {
  host,
  nic: config.require("nic"),
  confirmWithinSeconds: config.getNumber("confirmWithinSeconds"),
});

// Each guest serves a page to whoever is on the LAN.
const userData = `#cloud-config
runcmd:
  - [sh, -c, 'echo "$(hostname) is on the LAN" >/srv/index.html']
  - [systemd-run, --unit=page, python3, -m, http.server, "80", --bind, "::", --directory, /srv]
`;

const lab = new kvm.PublicBridgeLab("office", {
  host,
  bridge: lan,
  image: { source: config.require("image"), sha256: config.get("imageSha256") },
  guests: Object.fromEntries(
    Array.from({ length: config.getNumber("guests") ?? 1 }, (_, i) => [`guest${i + 1}`, { userData }]),
  ),
  accelerator: config.get<"auto" | "kvm" | "tcg">("accelerator"),
  sshAuthorizedKeys: config.getObject<string[]>("sshAuthorizedKeys"),
  probe: { url: config.get("probeUrl") },
  readyWithinSeconds: config.getNumber("readyWithinSeconds"),
});

export const guests = lab.guests;
export const sshConfig = lab.sshConfig;
export const inventory = lab.inventory;
export const knownHosts = lab.knownHosts;
export const proof = lab.proof;
export const bridge = { name: lan.name, addresses: lan.ipAddresses, configuredBy: lan.configuredBy };
