import type { Fact } from "../../core/fact";
import { sh } from "../../core/shell";
import { guestKeyPath } from "../../host-state/paths";

/**
 * Public keys that may log in to a guest: the hypervisor's own key, and all keys that may log in to the hypervisor as
 * the connection's user. The latter come from each file that sshd reads (AuthorizedKeysFile in sshd_config(5)).
 */
export function publicKeys(uid: string): Fact<string[]> {
  return {
    name: "public keys",
    isStatic: true,
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
