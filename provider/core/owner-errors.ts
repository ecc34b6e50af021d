import { errors } from "./problem";

/** Objects on a host that belong to another owner: see core/mark.ts. */
export const ownerErrors = errors("Owners of objects", "KVM32", {
  otherOwner: {
    code: "KVM3201",
    title: "Object belongs to another owner",
    cause:
      "The host has an object with this name already. Another resource, another stack or another program made it. pulumi-kvm does not change it.",
    remedy:
      "Choose another name. If nothing else uses the object, and the kind has the argument, `adopt: true` takes it over. It is then deleted with the resource.",
  },
});
