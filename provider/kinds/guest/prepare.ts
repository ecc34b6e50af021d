// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, sh, text } from "../../core/shell";
import { diskPath } from "../image/disk-files.fact";
import type { GuestWant } from "./guest-args";
import { guestFolder, runFolder } from "./guest-state.fact";
import { forgetHostKeys, keepHostKeys } from "./host-keys";
import { closeLoopback, openLoopback } from "./loopback";
import { seedFile } from "./seed-image";
import { giveBackDisks, readUser } from "./user";

/** The only folder where the guest's user can write. Root opens nothing in it. */
export function socketFolder(name: string): string {
  return `${runFolder}/${name}/sockets`;
}

/**
 * Root runs this script before each start, also before a restart by systemd. It gives the guest's user what the guest
 * needs and no other user has. It also takes over what an older release left: a seed and a log in folders of the user
 * that all guests shared.
 */
export function prepareScript(want: GuestWant): string {
  const [folder, run, sockets] = [`${guestFolder}/${want.name}`, `${runFolder}/${want.name}`, socketFolder(want.name)];
  const log = `${folder}/log`;
  const pipes = ["monitor.in", "monitor.out", "console.log"].map((pipe) => `${run}/${pipe}`);
  const disks = want.disks.map(diskPath);
  const script = lines(
    sh`#!/bin/sh`,
    sh`set -eu; umask 077`,
    readUser(want.name),
    sh`
    chown 0:$user ${folder}; chmod 750 ${folder}
    mkdir -p ${log}; chown -h 0:0 ${log}; chmod 700 ${log}
    ${keepHostKeys(want.name)}
    ${forgetHostKeys(want)}
    rm -rf ${`${folder}/seed`} ${`${log}/console`} ${`${log}/console.old`} ${`${log}/qemu`} ${run}
    mkdir -p ${runFolder}; chmod 711 ${runFolder}; mkdir -m 750 ${run}; mkdir -m 700 ${sockets}
    mkfifo -m 660 ${pipes}
    chown 0:$user ${run} ${pipes}; chown $user:$user ${sockets}
    for socket in console operator; do ln -s sockets/$socket.sock ${run}/$socket.sock; done
    cp ${`${folder}/start`} ${`${run}/started`}
    chmod 640 ${`${folder}/start`}; chown 0:$user ${`${folder}/start`}`,
    want.cloudInit && sh`base64 -d <${`${folder}/${seedFile}`} >${`${run}/seed.img`}`,
    disks.length > 0 && sh`chown $user:0 ${disks}; chmod 600 ${disks}`,
    closeLoopback(want),
  );
  return `${text(script)}\n`;
}

/** Root runs this script after each stop. The next guest with the same number must find nothing of this guest. */
export function cleanupScript(want: GuestWant): string {
  const script = lines(
    sh`#!/bin/sh`,
    readUser(want.name),
    openLoopback(want),
    giveBackDisks(),
    sh`rm -rf ${`${runFolder}/${want.name}`}; rmdir --ignore-fail-on-non-empty ${runFolder}`,
  );
  return `${text(script)}\n`;
}
