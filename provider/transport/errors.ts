import { errors } from "../core/problem";

export const connectionErrors = errors("Connection to a host", "KVM20", {
  unreachable: {
    code: "KVM2001",
    title: "Host is unreachable",
    cause: "No SSH connection could be opened: the connection was refused, or nothing answered in time.",
    remedy: "Check that the host is up, that sshd runs, and that address and port are right: `ssh -v HOST true`.",
  },
  unknownName: {
    code: "KVM2002",
    title: "Name of the host cannot be resolved",
    cause: "The name server does not know the name, or does not answer.",
    remedy: "Give the right `address`, or a HostName in ~/.ssh/config. Check that this machine is online.",
  },
  noAlgorithm: {
    code: "KVM2003",
    title: "No common SSH algorithm",
    cause: "The host offers only algorithms that are broken or not allowed (SHA-1, CBC).",
    remedy: "Update sshd on the host, or allow current algorithms in its sshd_config.",
  },
  closed: {
    code: "KVM2004",
    title: "Host closed the connection during the login",
    cause: "sshd has too many logins in progress (MaxStartups), penalises this address, or is restarting.",
    remedy: "Run again. If it persists, raise MaxStartups in sshd_config, and look at the log of sshd.",
  },
  cut: {
    code: "KVM2005",
    title: "Connection was cut",
    cause:
      "The connection ended during a command, for example because the host restarted. The command may have been executed.",
    remedy: "Run again. The next run observes the host and does only the missing steps.",
  },
  timeout: {
    code: "KVM2006",
    title: "Host did not finish in time",
    cause: "A command or an upload did not end within its time limit. It may still run on the host.",
    remedy:
      "Look for the reason on the host: a full disk, a network file system that does not answer, or high load. Run again.",
  },
  noSession: {
    code: "KVM2007",
    title: "Host does not run commands",
    cause: "The login succeeded, but sshd opens no session.",
    remedy: "Check MaxSessions and ForceCommand in sshd_config.",
  },
  noStream: {
    code: "KVM2008",
    title: "Forwarded connection cannot be opened",
    cause:
      "A jump host does not connect to the next host, or a socket on the host cannot be opened. sshd may forbid it.",
    remedy:
      "Check AllowTcpForwarding, AllowStreamLocalForwarding and PermitOpen in sshd_config, and that the target is up.",
  },
  noShell: {
    code: "KVM2009",
    title: "Login shell does not run commands",
    cause: "The account has no usable shell, a forced command, or a profile that ends the shell or prints too much.",
    remedy: 'Correct the account until `ssh HOST "/bin/sh -c true"` works and prints nothing.',
  },
  fileNotRead: {
    code: "KVM2010",
    title: "File on the host cannot be read",
    cause: "A file that pulumi-kvm needs is unreadable or too large.",
    remedy: "Look at the path in the message on the host.",
  },
  fileNotWritten: {
    code: "KVM2011",
    title: "File on the host cannot be written",
    cause: "The upload failed: the disk is full, the path is a directory, or the source changed during the upload.",
    remedy: "Make room on the host, or correct the path. Then run again.",
  },
});

export const hostKeyErrors = errors("Host keys", "KVM21", {
  notPinned: {
    code: "KVM2101",
    title: "Host key differs from the pinned key",
    cause: "The host was reinstalled, the address leads to another machine, or an attacker intercepts the connection.",
    remedy: "Compare the key on the console of the host. If it was reinstalled, give the new key as `hostKey`.",
  },
  unknown: {
    code: "KVM2102",
    title: "Host key is unknown",
    cause: "known_hosts has no key for the host, and no `hostKey` is given.",
    remedy:
      "Compare the fingerprint on the console of the host. Then log in once with ssh, or give `hostKey`. `StrictHostKeyChecking accept-new` in ~/.ssh/config trusts the first key.",
  },
  changed: {
    code: "KVM2103",
    title: "Host key differs from known_hosts",
    cause: "The host was reinstalled, the address leads to another machine, or an attacker intercepts the connection.",
    remedy:
      "Compare the key on the console of the host. If it was reinstalled: `ssh-keygen -R HOST`, then log in once.",
  },
  revoked: {
    code: "KVM2104",
    title: "Host key is revoked",
    cause: "known_hosts or RevokedHostKeys revokes the key that the host shows.",
    remedy: "Generate a new key on the host.",
  },
  tooShort: {
    code: "KVM2105",
    title: "RSA host key is too short",
    cause: "The key has fewer bits than RequiredRSASize in the SSH configuration.",
    remedy: "Give the host an Ed25519 key.",
  },
  fileUnusable: {
    code: "KVM2106",
    title: "known_hosts file cannot be used",
    cause: "A file with known or revoked keys cannot be read, written or understood. So no host key can be trusted.",
    remedy: "Correct the file or its permissions, or name another file in the SSH configuration.",
  },
  invalidPin: {
    code: "KVM2107",
    title: "Invalid hostKey",
    cause: "The pinned key has neither the form `ssh-ed25519 AAAA…` nor `SHA256:…`.",
    remedy: "Give the key as `ssh-keyscan` or `ssh-keygen -lf` prints it.",
  },
});

export const loginErrors = errors("Login and sudo", "KVM22", {
  refused: {
    code: "KVM2201",
    title: "Login is refused",
    cause:
      "The host accepts none of the keys that were tried. The message lists them, and the keys that were left out.",
    remedy:
      "Add a public key to ~/.ssh/authorized_keys on the host, or name the right private key by IdentityFile, the agent or PULUMI_KVM_PRIVATE_KEY.",
  },
  passwordNeeded: {
    code: "KVM2202",
    title: "sudo asks for a password",
    cause: "The user needs a password for sudo, and the environment has none. Or sudo refuses the user.",
    remedy: "Set PULUMI_KVM_SUDO_PASSWORD in the environment, or allow the user NOPASSWD in sudoers.",
  },
  wrongPassword: {
    code: "KVM2203",
    title: "sudo rejects the password",
    cause:
      "The password in the environment is wrong. pulumi-kvm tries it only once, so that the account is not locked.",
    remedy: "Correct the variable that the message names.",
  },
  noSudo: {
    code: "KVM2204",
    title: "sudo is not installed",
    cause: "The user is not root, and the host does not have the command sudo.",
    remedy: 'Install sudo on the host, or log in as root (`user: "root"`).',
  },
  sudoRefused: {
    code: "KVM2205",
    title: "sudo does not give root",
    cause: "sudo ended without a root shell: sudoers does not allow it, or requires a terminal.",
    remedy: 'Correct sudoers until `sudo true` works without a terminal, or log in as root (`user: "root"`).',
  },
  sudoSilent: {
    code: "KVM2206",
    title: "sudo does not answer",
    cause: "sudo waits, for example for a directory server or for a second factor.",
    remedy: "Check that `sudo true` works on the host without a question.",
  },
});

export const settingErrors = errors("SSH configuration and environment", "KVM23", {
  environment: {
    code: "KVM2301",
    title: "PULUMI_KVM_HOSTS is invalid",
    cause: "The variable is not JSON, or a field of a host has a wrong value.",
    remedy: 'Correct the field that the message names: `{ "tower": { "address": "192.0.2.10" } }`.',
  },
  unreadable: {
    code: "KVM2302",
    title: "SSH configuration cannot be read",
    cause: "~/.ssh/config, /etc/ssh/ssh_config or an included file is unreadable or has a syntax error.",
    remedy: "Correct the file or its permissions. `ssh -G HOST` reports syntax errors too.",
  },
  unsupported: {
    code: "KVM2303",
    title: "SSH setting is not supported",
    cause:
      "A setting determines the way to the host, and pulumi-kvm cannot follow it. Ignoring it could lead to a wrong host.",
    remedy: "Turn the setting off for this host, or describe another way in PULUMI_KVM_HOSTS.",
  },
  refuseConnection: {
    code: "KVM2304",
    title: "SSH configuration refuses the connection",
    cause: "RefuseConnection is set for the host.",
    remedy: "Follow the reason in the message, or remove the setting.",
  },
  noAlgorithmLeft: {
    code: "KVM2305",
    title: "SSH configuration allows no supported algorithm",
    cause: "A list of algorithms in the SSH configuration has none that pulumi-kvm supports.",
    remedy: "Allow one of the algorithms that the message lists.",
  },
  invalidJump: {
    code: "KVM2306",
    title: "Invalid jump host",
    cause: "A jump host does not have the form user@host:port, or the way to the host has more than 8 hops.",
    remedy: "Correct `jump`, or ProxyJump in the SSH configuration. Look for jump hosts that lead in a circle.",
  },
  proxyCommand: {
    code: "KVM2307",
    title: "ProxyCommand cannot be used",
    cause: "The command has an unknown token, or a value in it is not safe in a shell.",
    remedy: "Use only %h, %p, %r, %n and %%, and names without special characters.",
  },
});
