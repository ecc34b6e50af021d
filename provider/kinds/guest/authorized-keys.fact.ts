import type { Fact } from "../../core/fact";
import { sh } from "../../core/shell";
import { guestKeyPath } from "../../host-state/paths";

/**
 * Public keys that may log in to a guest: those of whoever logs in to its hypervisor, wherever its sshd looks for them
 * (AuthorizedKeysFile in sshd_config(5)), and the hypervisor's own.
 */
export function publicKeys(uid: string): Fact<string[]> {
  return {
    name: "public keys",
    lasts: true,
    command: sh`
      user=\${SUDO_USER:-$(id -un)}
      home=$(getent passwd "$user" | cut -d: -f6)
      cat ${`${guestKeyPath(uid)}.pub`} 2>/dev/null || :
      places=$(sshd -T -C user="$user" 2>/dev/null | sed -n 's/^authorizedkeysfile //p')
      for file in \${places:-.ssh/authorized_keys}; do
        file=$(printf %s "$file" | sed "s|%h|$home|g; s|%u|$user|g; s|%%|%|g")
        case "$file" in /*) ;; *) file=$home/$file ;; esac
        timeout 5 head -c 262144 "$file" 2>/dev/null || :
      done`,
    parse: (output) => output.split("\n").filter((line) => /^(ssh|ecdsa|sk)-\S+ AAAA\S+/.test(line)),
  };
}
