import { sh } from "../shell";
import type { Fact } from "./fact";
import { stateFolder } from "./records";

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

/** The hypervisor's own key for the guests of one owner: so no credential is in the state, or on anybody's laptop. */
export function guestKeyPath(uid: string): string {
  return `${stateFolder}/owners/${uid}.key`;
}
