import { errors } from "../../core/problem";

export const imageErrors = errors("Images", "KVM62", {
  missing: {
    code: "KVM6201",
    title: "Base image is missing",
    cause: "The file of the image is absent in the image store of the host, so disks with this base cannot be read.",
    remedy: "Restore the file, or delete the disks that use it and fetch the image again.",
  },
  modified: {
    code: "KVM6202",
    title: "Base image was modified",
    cause: "Another program wrote to the image after it was stored. Disks with this base have inconsistent data.",
    remedy: "Restore the file from a backup. Or delete the disks that use it and the Image, and make them again.",
  },
  notFetched: {
    code: "KVM6203",
    title: "Image cannot be fetched",
    cause:
      "The download, the copy, the checksum or the format is wrong. Formats other than qcow2 and raw, and qcow2 files that name other files, are refused.",
    remedy: "Read the reason in the message. `qemu-img convert -O qcow2` converts other formats.",
  },
  late: {
    code: "KVM6204",
    title: "Image does not arrive in time",
    cause: "The host did not report the end of the fetch within `timeoutSeconds`.",
    remedy: "Raise `timeoutSeconds`, or use a closer mirror.",
  },
});
