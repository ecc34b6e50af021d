// The lab of the tutorial: deb1 is the gateway of the guests behind it, deb2, deb3 …
import * as pulumi from "@pulumi/pulumi";
import * as kvm from "pulumi-kvm";

const config = new pulumi.Config();

const host = new kvm.Host(config.require("host"), {
  address: config.get("address"),
  user: config.get("user"),
  port: config.getNumber("port"),
});

const lab = new kvm.GatewayLab("lab", {
  host,
  image: { source: config.require("image"), sha256: config.get("imageSha256") },
  guests: config.getNumber("guests"),
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
