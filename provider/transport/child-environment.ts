/**
 * The variables that a shell on this machine gets. The rest of our environment holds keys, passwords and passphrases.
 */
const common = [
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "SUDO_USER"],
  ...["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"],
];

/** For our commands when this machine is the host. */
export function hostEnvironment(): Record<string, string> {
  return picked((name) => common.includes(name));
}

/** For the user's own program, which may need its own credentials. It gets all variables but ours and Pulumi's. */
export function userEnvironment(): Record<string, string> {
  return picked((name) => !name.startsWith("PULUMI"));
}

function picked(isWanted: (name: string) => boolean): Record<string, string> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value !== undefined && isWanted(name) ? [[name, value]] : [])),
  );
}
