// The lab that a stack's configuration describes: see the `config` section of Pulumi.yaml for what can be set.
import * as kvm from "pulumi-kvm";
import { hostFrom, list, needed, number, oneOf, optional } from "./settings.ts";

const patterns = { "gateway-lab": gatewayLab };

const build = patterns[oneOf("pattern", Object.keys(patterns) as (keyof typeof patterns)[])];
export default async () => build();

function gatewayLab() {
  const { host, image } = needed({ host: "lab@server.example.net", image: "/srv/images/debian-12.qcow2" });
  const lab = new kvm.GatewayLab("lab", {
    host: hostFrom(host),
    image: { source: image, sha256: optional("imageSha256") },
    guests: number("guests"),
    cidr: optional("cidr"),
    accelerator: oneOf("accelerator", ["kvm", "tcg", "auto"]),
    sshAuthorizedKeys: list("sshAuthorizedKeys"),
    probe: { url: optional("probeUrl") },
  });
  const { guests, sshConfig, inventory, knownHosts, proof } = lab;
  return { guests, sshConfig, inventory, knownHosts, proof };
}
