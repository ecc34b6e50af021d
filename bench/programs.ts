/** Resources of a dynamic provider that does nothing: what the engine itself costs. */
export function noOps(count: number): string {
  const provider =
    "exports.handler=()=>({check:async(o,n)=>({inputs:n,failures:[]}),diff:async()=>({changes:false}),create:async(n)=>({id:'x',outs:n}),read:async(id,p)=>({id,props:p}),update:async(i,o,n)=>({outs:n}),delete:async()=>{}})";
  return `
    import * as pulumi from "@pulumi/pulumi";
    const make = (name, more) => new pulumi.CustomResource("pulumi-nodejs:dynamic:Resource", name, { __provider: ${JSON.stringify(provider)}, ...more });
    const host = make("host");
    const lan = make("lan", { host: host.id });
    for (let i = 0; i < ${count}; i++) make("tap" + i, { host: host.id, bridge: lan.id });`;
}

export function taps(count: number): string {
  return `
    import * as kvm from "pulumi-kvm";
    const host = new kvm.Host("tower");
    const lan = new kvm.Bridge("lan", { host });
    for (let i = 0; i < ${count}; i++) new kvm.Tap("tap" + i, { host, bridge: lan.name });`;
}

export function tapsByHand(count: number): string {
  const lines = Array.from(
    { length: count },
    (_, i) => `ip tuntap add dev hand-${i} mode tap\nip link set dev hand-${i} master hand0 up`,
  );
  return ["set -e", "ip link add hand0 type bridge", "ip link set hand0 up", ...lines, ""].join("\n");
}
