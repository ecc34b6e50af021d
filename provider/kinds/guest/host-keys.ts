import { type Sh, sh } from "../../core/shell";
import { readConsole } from "./console";
import type { GuestWant } from "./guest-args";
import { guestFolder } from "./guest-state.fact";

/** cloud-init prints them at the first boot only, so they outlive the log in a small file that is root's. */
export function keepHostKeys(name: string): Sh {
  const folder = `${guestFolder}/${name}`;
  const keys = `${folder}/log/host-keys`;
  return sh`
    ${readConsole}
    console_of ${folder} | host_keys >${`${keys}.new`} || :
    if grep -q 'END SSH HOST KEY KEYS' ${`${keys}.new`}; then mv -f ${`${keys}.new`} ${keys}; else rm -f ${`${keys}.new`}; fi`;
}

/** Another disk to boot from has other keys. A release before this one did not write down whose the keys are. */
export function forgetHostKeys({ name, disks }: GuestWant): Sh {
  const log = `${guestFolder}/${name}/log`;
  const disk = disks[0] ?? "none";
  return sh`
    if [ -e ${`${log}/disk`} ] && [ "$(head -c 256 ${`${log}/disk`})" != ${disk} ]; then rm -f ${`${log}/host-keys`}; fi
    echo ${disk} >${`${log}/disk`}`;
}
