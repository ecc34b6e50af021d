import type { HostRef } from "../../../provider/core/host-ref";
import type { Wanted } from "../../../provider/core/kind";
import { kindOf } from "../../../provider/kinds";
import { checkArguments } from "../../../provider/lifecycle/check";

/** Arguments as the engine sends them, before check. */
export type Given = Record<string, unknown>;

export const tower: HostRef = {
  name: "tower",
  address: "tower.example.net",
  user: "root",
  uid: "abcdefghij",
  stack: "net/dev",
};

export function given(path: string, args: Given = {}): Given {
  return { host: tower, path, ...args };
}

/** Arguments as the engine sends them to create: checked and valid. */
export function checked<W extends Wanted = Wanted>(kind: string, path: string, args: Given = {}): W & Given {
  const { inputs, failures } = checkArguments(kindOf(kind), {}, given(path, args));
  if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
  return inputs as W & Given;
}
