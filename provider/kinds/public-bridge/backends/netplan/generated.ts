/** The files that netplan makes at boot, for the backend that applies them. */

/** The id of the definition from which netplan made a file of networkd. Undefined when it is not netplan's. */
export function definitionIn(networkFile: string): string | undefined {
  return /^\/run\/systemd\/network\/\d+-netplan-(.+)\.network$/.exec(networkFile)?.[1];
}

/** Whether netplan made the file of a connection of NetworkManager. */
export function isConnectionOfNetplan(path: string): boolean {
  return /^\/run\/NetworkManager\/system-connections\/netplan-/.test(path);
}
