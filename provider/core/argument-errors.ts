import { errors } from "./problem";

/** What is wrong with the arguments of a resource, or with the program. */
export const argumentErrors = errors("Arguments and program", "KVM10", {
  unknown: {
    code: "KVM1001",
    title: "Unknown argument",
    cause: "The resource does not have an argument with this name. Often it is a typing error.",
    remedy: "Correct the name, or remove the argument. The message lists the arguments that exist.",
  },
  missing: {
    code: "KVM1002",
    title: "Required argument is missing",
    cause: "The resource needs an argument that the program does not give.",
    remedy: "Give the argument. The page of the kind describes it.",
  },
  wrongType: {
    code: "KVM1003",
    title: "Argument has the wrong type",
    cause: "The argument is, for example, a text where a number is expected.",
    remedy: "Give a value of the type in the message.",
  },
  invalid: {
    code: "KVM1004",
    title: "Invalid value of an argument",
    cause: "The value has the right type, but it is outside the valid range or has the wrong form.",
    remedy: "Give a value as the message describes it.",
  },
  contradiction: {
    code: "KVM1005",
    title: "Arguments do not fit together",
    cause:
      "Each argument is valid alone, but one needs or excludes another one. An example is an IPv6 address in an IPv4 rule.",
    remedy: "Change, add or remove one of the arguments in the message.",
  },
  unwritable: {
    code: "KVM1006",
    title: "Text cannot be written on a host",
    cause: "A text has a NUL character or half of a character (a lone surrogate). No command can carry it.",
    remedy: "Remove the character. It often comes from a binary file that was read as text.",
  },
  localFile: {
    code: "KVM1007",
    title: "Local file cannot be read",
    cause:
      "A resource is made from a file on the machine that runs Pulumi. The file is absent, unreadable or not a file.",
    remedy: "Correct the path, or make the file readable for the user who runs Pulumi.",
  },
  noImport: {
    code: "KVM1008",
    title: "Resource cannot be imported",
    cause:
      "Pulumi gives an import, and a lookup by the option id, only a name. The name does not say on which host the object is.",
    remedy: "Remove the option. Give the resource its arguments, and `adopt: true` if the kind has it.",
  },
  notForSsh: {
    code: "KVM1009",
    title: "Host cannot be written in an ssh command",
    cause:
      "The name, address or user of a Host has a character that ssh(1) would interpret. So the outputs cannot have a login command.",
    remedy: "Give the Host another name, address or user.",
  },
  newerState: {
    code: "KVM1010",
    title: "State is from a newer version",
    cause: "The state has a resource of a kind that this version of pulumi-kvm does not have.",
    remedy: "Update pulumi-kvm to the version that wrote the state.",
  },
  notPlain: {
    code: "KVM1011",
    title: "Argument must not be an output",
    cause: "The argument decides which resources exist, so its value must be known before the program runs.",
    remedy: "Give the value itself, not an output of another resource.",
  },
});
