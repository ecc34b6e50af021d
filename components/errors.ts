import { errors } from "../provider/core/problem";

export const labErrors = errors("Labs", "KVM12", {
  unfitName: {
    code: "KVM1201",
    title: "Guest cannot be written in an SSH configuration",
    cause:
      "The name of a guest or the name of its bridge has a character that ssh(1) would interpret. The name of a bridge comes from the host.",
    remedy: "Look at the interfaces of the host: another program may have renamed one.",
  },
});
