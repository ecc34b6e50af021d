// A bridge with any number of taps: the ifup and ifdown of the tutorial.
import * as pulumi from "@pulumi/pulumi";
import * as kvm from "pulumi-kvm";

const config = new pulumi.Config();
const mtu = config.getNumber("mtu");

const host = new kvm.Host(config.require("host"));
const bridge = new kvm.Bridge("lan", { host, mtu });

const numbers = Array.from({ length: config.getNumber("count") ?? 3 }, (_, i) => i + 1);
export const taps = numbers.map((n) => new kvm.Tap(`tap${n}`, { host, bridge: bridge.name, mtu }).name);
export const bridgeName = bridge.name;
