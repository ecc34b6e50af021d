import { familyOf } from "../../core/addresses";
import type { Fact } from "../../core/fact";
import { sh } from "../../core/shell";

/** The host's own address of our SSH connection, as its sshd sees it. Undefined when we did not come over SSH. */
export interface SshServerAddress {
  address?: string;
}

/** sudo drops SSH_CONNECTION, but the shell above it still has the variable. */
export const wayIn: Fact<SshServerAddress> = {
  name: "way in",
  command: sh`
    pid=$$ found=
    while [ "$pid" -gt 1 ] && [ -z "$found" ]; do
      found=$(tr '\\000' '\\n' <"/proc/$pid/environ" 2>/dev/null | sed -n 's/^SSH_CONNECTION=//p' | head -n 1) || :
      pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null)
      [ -n "$pid" ] || pid=0
    done
    printf '%s\\n' "$found"`,
  parse: (output) => {
    const [, , address = ""] = output.trim().split(" ");
    const [plain = ""] = address.split("%");
    return familyOf(plain) ? { address: plain } : {};
  },
};
