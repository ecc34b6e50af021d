import { lifecycle } from "../../provider/lifecycle/lifecycle";
import { forgetHosts } from "../../provider/reconcile/host-views";

/** Does with a stack what the engine does, without the engine: the same calls with the same arguments. */

export type Properties = Record<string, unknown>;

/** A resource as it is in the state. */
export interface Made {
  kind: string;
  id: string;
  inputs: Properties;
  outs: Properties;
}

export interface Owner {
  uid: string;
  make(kind: string, path: string, args: Properties): Promise<Made>;
  /** The inputs with which the engine would create the resource. */
  inputs(kind: string, path: string, args: Properties): Promise<Properties>;
  /** Observes again, as each refresh does. Undefined when the object is absent. */
  refresh(made: Made): Promise<Made | undefined>;
  /** Updates and mends. Throws when the change would be a replacement. */
  update(made: Made, args: Properties): Promise<Made>;
  remove(made: Made): Promise<void>;
  /** Deletes the Host, after everything else. */
  leave(): Promise<void>;
}

/** @param host its name in PULUMI_KVM_HOSTS */
export async function newOwner(host: string, stack: string): Promise<Owner> {
  const { inputs } = await checked("Host", {}, { host: { name: host, stack }, path: host });
  const created = await lifecycle("Host").create(inputs);
  const ref = inputs.host as { uid: string };
  const own = { kind: "Host", inputs, ...created };
  return {
    uid: ref.uid,
    make: (kind, path, args) => make(kind, { host: ref, path, ...args }),
    inputs: async (kind, path, args) => (await checked(kind, {}, { host: ref, path, ...args })).inputs,
    refresh,
    update,
    remove,
    leave,
  };

  function leave() {
    return remove(own);
  }
}

async function make(kind: string, args: Properties): Promise<Made> {
  forgetHosts();
  const { inputs } = await checked(kind, {}, args);
  return { kind, inputs, ...(await lifecycle(kind).create(inputs)) };
}

async function refresh(made: Made): Promise<Made | undefined> {
  forgetHosts();
  const { id, props, inputs = {} } = await lifecycle(made.kind).read(made.id, made.outs);
  return id === "" ? undefined : { ...made, id, outs: props, inputs };
}

async function update(made: Made, args: Properties): Promise<Made> {
  forgetHosts();
  const { host, path } = made.inputs;
  const { inputs } = await checked(made.kind, made.inputs, { host, path, ...args });
  const { changes, replaces } = await lifecycle(made.kind).diff(made.id, made.outs, inputs);
  if (!changes || replaces.length > 0) throw new Error(`changes: ${changes}, replaces: ${replaces.join(", ")}`);
  const { outs } = await lifecycle(made.kind).update(made.id, made.outs, inputs);
  return { ...made, inputs, outs };
}

async function remove(made: Made): Promise<void> {
  forgetHosts();
  await lifecycle(made.kind).delete(made.id, made.outs);
}

async function checked(kind: string, olds: Properties, news: Properties) {
  const { inputs, failures } = await lifecycle(kind).check(olds, news);
  if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
  return { inputs };
}
