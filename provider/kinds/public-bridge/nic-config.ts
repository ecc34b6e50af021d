/** What the host tells about the configuration of a NIC, and the files of all network backends. */
export interface NicConfig {
  /** The names of the host's NICs. */
  nics: readonly string[];
  wireless: boolean;
  /** cloud-init is installed and not disabled. It writes the network configuration at boot. */
  cloudInit: boolean;
  ipv6Forwarding: boolean;
  /** The lines that the backends print about the NIC: `networkd.ADMIN_STATE=configured`. Only a backend reads its own. */
  signals: readonly string[];
  /** Where scripts of network backends name the NIC: `/etc/network/if-up.d/firewall:3`. Absent when no script does. */
  scripts?: readonly string[];
  /** The current configuration files of all network backends, by path. */
  files: ConfigFiles;
  /** Our record of the NIC from the time we took it over: JSON, and the files as they were then. */
  record?: { json: string; files: ConfigFiles };
}

export interface ConfigFile {
  content: string;
  mode: number;
}
export type ConfigFiles = Readonly<Record<string, ConfigFile>>;
