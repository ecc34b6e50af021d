/** What a shell on this machine gets of our environment. The rest holds keys, passwords and passphrases. */
const common = [
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "SUDO_USER"],
  ...["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"],
];

/** For what runs on this machine as on any host. */
export function hostEnvironment(): Record<string, string> {
  return picked((name) => common.includes(name));
}

/** For a program of the user's own, which may need credentials of its own: only ours and Pulumi's stay here. */
export function userEnvironment(): Record<string, string> {
  return picked((name) => !name.startsWith("PULUMI"));
}

function picked(isWanted: (name: string) => boolean): Record<string, string> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value !== undefined && isWanted(name) ? [[name, value]] : [])),
  );
}
