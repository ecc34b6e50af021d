import { type Resource, ResourceError } from "@pulumi/pulumi";
import { coded, type Problem, together } from "../../provider/core/problem";

/** @throws when a lab has wrong arguments, with all of them in one text */
export function refuseWrong([first, ...others]: readonly Problem[], lab: Resource): void {
  if (first) throw new ResourceError(coded(together([first, ...others])), lab, true);
}
