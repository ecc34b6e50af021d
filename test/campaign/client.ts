// A run of Pulumi that may be killed. It does what its argument says, and prints the result.
import { lifecycle } from "../../provider/lifecycle/lifecycle";
import type { Properties } from "../host/owner";

export type Task =
  | { verb: "create"; kind: string; inputs: Properties }
  | { verb: "delete"; kind: string; id: string; outs: Properties };

async function main(task: Task): Promise<void> {
  if (task.verb === "delete") await lifecycle(task.kind).delete(task.id, task.outs);
  else console.log(JSON.stringify(await lifecycle(task.kind).create(task.inputs)));
}

main(JSON.parse(process.argv[2] ?? "{}")).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
