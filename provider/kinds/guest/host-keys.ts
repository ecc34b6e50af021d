// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { type Sh, sh } from "../../core/shell";
import { readConsole } from "./console";
import type { GuestWant } from "./guest-args";
import { guestFolder } from "./guest-state.fact";

/**
 * cloud-init prints the host keys only at the first boot. So a small file, which root owns, keeps them longer than the
 * log.
 */
export function keepHostKeys(name: string): Sh {
  const folder = `${guestFolder}/${name}`;
  const keys = `${folder}/log/host-keys`;
  return sh`
    ${readConsole}
    console_of ${folder} | host_keys >${`${keys}.new`} || :
    if grep -q 'END SSH HOST KEY KEYS' ${`${keys}.new`}; then mv -f ${`${keys}.new`} ${keys}; else rm -f ${`${keys}.new`}; fi`;
}

/**
 * Forgets the host keys when the guest has another boot disk. An older release did not record the disk; then the keys
 * stay.
 */
export function forgetHostKeys({ name, disks }: GuestWant): Sh {
  const log = `${guestFolder}/${name}/log`;
  const disk = disks[0] ?? "none";
  return sh`
    if [ -e ${`${log}/disk`} ] && [ "$(head -c 256 ${`${log}/disk`})" != ${disk} ]; then rm -f ${`${log}/host-keys`}; fi
    echo ${disk} >${`${log}/disk`}`;
}
