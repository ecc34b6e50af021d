import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Result } from "../../provider/transport/transport";
import { checkout } from "../../tools/checkout";

/**
 * A host that needs no root: a real shell and real tools on a folder that stands for its file system, with our own fake
 * `ip` and `systemctl`. Absolute paths in commands are redirected into the folder, and back in their output.
 */
export interface FakeMachine {
  /** Runs a shell command, as a login does. */
  spawn(command: string): ReturnType<typeof spawn>;
  /** Runs a whole script. */
  run(script: string): Promise<Result>;
  /** Redirects the paths in a text into the folder. `outside` does the reverse with a text from the machine. */
  inside(text: string): string;
  outside(text: string): string;
  links(): string[];
  /** The calls of `ip` and `systemctl` so far. */
  log(): string[];
  /** `ip` refuses commands that match. Undefined: it refuses none. */
  refuse(pattern: string | undefined): void;
  /**
   * Counts the calls of tools that change something, from now on, and fails the nth one before it does anything.
   * Undefined: none fails.
   */
  failAt(nth: number | undefined): void;
  /** The counted calls, one line for each. */
  calls(): string[];
  /** Removes what a reboot removes: links and modules. Files stay. */
  reboot(): void;
  /** The files below a folder, with their paths on the machine. */
  files(folder: string): string[];
  read(path: string): string;
  write(path: string, content: string | Buffer): void;
  /** Removes a tool. */
  lack(tool: string): void;
  /** Replaces a tool by a script. */
  command(name: string, script: string): void;
  remove(): void;
}

/** Every path of a host that our scripts name. */
const led =
  /(?<![\w.\-/])\/(?=(?:etc|var\/lib|usr\/libexec|run|sys|proc\/(?:cpuinfo|sys)|dev\/(?:kvm|net))(?![\w.-]))/g;

/**
 * The tools of the real machine that change only the files that they are given. No other tool is in PATH, so that no
 * test can change links, rules or units of the real machine.
 */
const tools =
  "awk base64 basename bash bzip2 cat chmod cp cut dd dirname env find flock getent grep gzip head id ln ls mkdir mktemp mv od printf pwd readlink rm rmdir sed seq sh sha256sum sleep sort ssh-keygen stat sync tail tar tee timeout touch tr true uname uniq wc xargs xz zstd";

/** The folders that the provider's own scripts add to PATH. */
const systemFolders = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

function linkTools(folder: string): void {
  mkdirSync(folder);
  const folders = `${process.env.PATH}:/usr/sbin:/sbin:/usr/bin:/bin`.split(":");
  for (const tool of tools.split(" ")) {
    const found = folders.map((one) => join(one, tool)).find((path) => existsSync(path));
    if (found) symlinkSync(found, join(folder, tool));
  }
}

const commands = join(checkout, "test/fake/commands");

/**
 * Names of the fake commands that share a file. They are linked here, because not every way to publish a tree keeps
 * links.
 */
const aliases: Record<string, string> = {
  ...{ chown: "nothing", curl: "nothing", nft: "nothing", socat: "nothing", ss: "nothing" },
  ...{ "qemu-system-aarch64": "nothing", "qemu-system-x86_64": "nothing" },
  ...{ ip6tables: "iptables", "ip6tables-restore": "iptables-restore", "ip6tables-save": "iptables-save" },
};

/** The tools that `failAt` counts. */
const counted =
  "chmod chown cp ip ip6tables-restore iptables-restore ln mkdir mktemp modprobe mv nft qemu-img rm rmdir sync systemctl systemd-run tee touch";

/** Counts the call, and fails or runs the tool that it stands for. That tool's own calls do not count. */
const shim = `#!/bin/sh
name=\${0##*/}
printf '%s %s\\n' "$name" "$(printf '%s ' "$@" | head -c 200 | tr '\\n' ' ')" >>"$FAKE_ROOT/fake/calls"
if [ "$(wc -l <"$FAKE_ROOT/fake/calls")" -eq "$(cat "$FAKE_ROOT/fake/fail-at")" ]; then
  echo "$name: this call was made to fail" >&2
  exit 1
fi
PATH=\${PATH#*:} exec "$name" "$@"
`;

function installShims(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of counted.split(" ")) writeFileSync(join(folder, name), shim, { mode: 0o755 });
}

function linkAliases(folder: string): void {
  mkdirSync(folder);
  for (const [name, command] of Object.entries(aliases)) symlinkSync(join(commands, command), join(folder, name));
}

export function fakeMachine(): FakeMachine {
  const root = mkdtempSync(join(tmpdir(), "pulumi-kvm-fake-"));
  const at = (path: string) => join(root, path);
  for (const folder of ["fake", "etc/systemd/system", "var/lib", "run", "sys/class/net", "proc/sys/net", "dev/net"])
    mkdirSync(at(folder), { recursive: true });
  writeFileSync(at("etc/os-release"), 'ID=debian\nVERSION_ID="12"\n');
  writeFileSync(at("etc/machine-id"), "0123456789abcdef0123456789abcdef\n");
  writeFileSync(at("proc/cpuinfo"), "flags : fpu vmx\n");
  writeFileSync(at("fake/log"), "");
  // Any device will do, because scripts only ask whether it exists.
  symlinkSync("/dev/null", at("dev/net/tun"));
  const inside = (text: string) => text.replaceAll(led, `${root}/`).replaceAll(systemFolders, "/nowhere");
  const outside = (text: string) => text.replaceAll(root, "");
  linkTools(at("fake/tools"));
  linkAliases(at("fake/aliases"));
  const path = [at("fake/shims"), at("fake/aliases"), commands, at("fake/tools")].join(":");
  const env = { HOME: root, PATH: path, FAKE_ROOT: root, FAKE_COMMANDS: commands, REAL_PATH: at("fake/tools") };
  const start = (command: string) => spawn("/bin/sh", ["-c", inside(command)], { env });
  return {
    spawn: start,
    run: async (script) => {
      const { code, stdout, stderr } = await ended(start("exec /bin/sh -s"), inside(script));
      return { code, stdout: outside(stdout), stderr: outside(stderr) };
    },
    inside,
    outside,
    links: () => readdirSync(at("sys/class/net")),
    log: () => readFileSync(at("fake/log"), "utf8").trim().split("\n"),
    refuse: (pattern) =>
      pattern === undefined
        ? rmSync(at("fake/refused"), { force: true })
        : writeFileSync(at("fake/refused"), `${pattern}\n`),
    failAt: (nth) => {
      installShims(at("fake/shims"));
      writeFileSync(at("fake/fail-at"), `${nth ?? 0}`);
      writeFileSync(at("fake/calls"), "");
    },
    calls: () => readFileSync(at("fake/calls"), "utf8").trim().split("\n"),
    reboot: () => {
      rmSync(at("sys/class/net"), { recursive: true });
      mkdirSync(at("sys/class/net"));
      rmSync(at("proc/sys/net/bridge"), { recursive: true, force: true });
    },
    files: (folder) =>
      (existsSync(at(folder)) ? readdirSync(at(folder), { recursive: true, withFileTypes: true }) : [])
        .filter((entry) => entry.isFile())
        .map((entry) => outside(join(entry.parentPath, entry.name)))
        .sort(),
    read: (path) => outside(readFileSync(at(path), "utf8")),
    write: (path, content) => {
      mkdirSync(join(at(path), ".."), { recursive: true });
      writeFileSync(at(path), content);
    },
    lack: (tool) => {
      for (const folder of ["tools", "aliases"]) rmSync(at(`fake/${folder}/${tool}`), { force: true });
    },
    command: (name, script) => replace(at(`fake/aliases/${name}`), `#!/bin/sh\n${script}\n`),
    // A script that lost its client may still be running, so the removal retries.
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }),
  };
}

/** Replaces the file itself. A link would lead to the command that all tests share. */
function replace(path: string, script: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, script, { mode: 0o755 });
}

function ended(child: ReturnType<typeof spawn>, input: string): Promise<Result> {
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  return new Promise((resolve) => {
    child.once("close", (code) =>
      resolve({
        code: code ?? 255,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });
}
