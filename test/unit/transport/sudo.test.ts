import assert from "node:assert/strict";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { closeTransports, transportFor } from "../../../provider/transport/pool";
import { failure } from "../support/failure";
import { type FakeHost, fakeHost } from "../support/fake-host";
import { ownSurroundings } from "../support/surroundings";

/** Handles its options as sudo does, and writes down every password that it reads. */
const fakeSudo = `#!/bin/sh
while [ $# -gt 0 ]; do
  case "$1" in
    -k) ;;
    -n) never=1 ;;
    -S) ;;
    -p) shift; prompt=$1 ;;
    --) shift; break ;;
  esac
  shift
done
case "$FAKE" in
  free) exec "$@" ;;
  tty) echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1 ;;
esac
[ -z "$never" ] || { echo "sudo: a password is required" >&2; exit 1; }
echo "We trust you have received the usual lecture." >&2
for attempt in 1 2 3; do
  printf %s "$prompt" >&2
  IFS= read -r password || exit 1
  printf '%s\\n' "$password" >>"$NOTES"
  if [ "$password" = "gut &'\\"" ]; then
    [ "$FAKE" != stranger ] || { echo "lab is not in the sudoers file." >&2; exit 1; }
    exec "$@"
  fi
  echo "Sorry, try again." >&2
done
echo "sudo: 3 incorrect password attempts" >&2
exit 1
`;
/**
 * Behaves like sudo-rs of Debian 13 and Ubuntu: other texts, its own frame around the prompt, and it reads ahead. The
 * program loses what sudo-rs has read beyond the password.
 */
const fakeSudoRs = `#!/bin/sh
while [ $# -gt 0 ]; do
  case "$1" in
    -n) never=1 ;;
    -p) shift; prompt=$1 ;;
    --) shift; break ;;
  esac
  shift
done
if [ "$FAKE" = free ]; then exec "$@"; fi
[ "$FAKE" != tty ] || { echo "sudo: A terminal is required to authenticate" >&2; exit 1; }
[ -z "$never" ] || { echo "sudo: interactive authentication is required" >&2; exit 1; }
for attempt in 1 2 3; do
  printf '[sudo: %s] Password: ' "$prompt" >&2
  read_ahead=$(dd bs=4096 count=1 2>/dev/null)
  password=$(printf '%s\\n' "$read_ahead" | head -n 1)
  [ -n "$password" ] || { echo "sudo: Authentication failed, try again." >&2; continue; }
  printf '%s\\n' "$password" >>"$NOTES"
  if [ "$password" = "gut &'\\"" ]; then
    [ "$FAKE" != stranger ] || { echo "sudo: I'm sorry lab. I'm afraid I can't do that" >&2; exit 1; }
    exec "$@"
  fi
  echo "sudo: Authentication failed, try again." >&2
done
echo "sudo: Maximum 3 incorrect authentication attempts" >&2
exit 1
`;
const right = `gut &'"`;

for (const [name, program] of Object.entries({ sudo: fakeSudo, "sudo-rs": fakeSudoRs }))
  describe(name, () => {
    const surroundings = ownSurroundings();
    let host: FakeHost;
    let notes = "";
    afterEach(() => host.close());

    async function login(fake: "free" | "asks" | "tty" | "stranger" | "absent") {
      const file = surroundings.write("bin/sudo", program);
      chmodSync(file, fake === "absent" ? 0o600 : 0o700);
      if (fake === "absent") process.env.PATH = join(surroundings.home, "bin");
      notes = surroundings.write("notes", "");
      const environment = { FAKE: fake, NOTES: notes };
      host = await fakeHost({ authorized: "anyone", path: join(surroundings.home, "bin"), environment });
      return transportFor({
        name: "my tower",
        address: "127.0.0.1",
        port: host.port,
        user: "lab",
        hostKey: host.hostKey,
      });
    }
    const passwordsRead = () => readFileSync(notes, "utf8").split("\n").filter(Boolean);

    it("is probed once per connection, and gets no password when it needs none", async () => {
      const transport = await login("free");
      process.env.PULUMI_KVM_SUDO_PASSWORD = "not needed";
      await Promise.all(Array.from({ length: 5 }, () => transport.run("true")));
      assert.equal(host.commands.filter((command) => command.includes("/bin/sh -c :")).length, 1);
      assert.deepEqual(await transport.run("cat; echo out; echo err >&2"), {
        code: 0,
        stdout: "out\n",
        stderr: "err\n",
      });
      assert.deepEqual(passwordsRead(), []);
    });

    it("gets the password after its prompt, and the script only then", async () => {
      const transport = await login("asks");
      process.env.PULUMI_KVM_SUDO_PASSWORD = right;
      assert.equal((await transport.run("echo out; read -r line || echo nothing more")).stdout, "out\nnothing more\n");
      const file = join(surroundings.home, "file");
      await transport.put(Readable.from(["a\n", "b"]), file, { mode: 0o600, size: 3 });
      assert.equal((await transport.read(file))?.toString(), "a\nb");
      assert.deepEqual([...new Set(passwordsRead())], [right], "and nothing else was read in its place");
      assert.ok(!host.commands.join().includes("gut"));
    });

    it("gets the password of this host rather than the one for all hosts", async () => {
      const transport = await login("asks");
      process.env.PULUMI_KVM_SUDO_PASSWORD = "for the others";
      process.env.PULUMI_KVM_SUDO_PASSWORD_MY_TOWER = `${right}\n`;
      assert.equal((await transport.run("echo in")).stdout, "in\n");
    });

    it("gets a wrong password only once, even if many commands wait", async () => {
      const transport = await login("asks");
      process.env.PULUMI_KVM_SUDO_PASSWORD = "schlecht";
      const all = await Promise.allSettled(Array.from({ length: 20 }, () => transport.run("true")));
      for (const one of all) {
        failure(
          "KVM2203",
          /rejects the password of lab.*PULUMI_KVM_SUDO_PASSWORD/,
        )((one as PromiseRejectedResult).reason);
        assert.ok(!String((one as PromiseRejectedResult).reason).includes("schlecht"));
      }
      await assert.rejects(transport.run("true"), { name: "HostUnreachable", retryable: false });
      assert.deepEqual(passwordsRead(), ["schlecht"]);
    });

    for (const [fake, password, code, message] of [
      [
        "asks",
        undefined,
        "KVM2202",
        /asks lab for a password, or refuses lab .*\. Set PULUMI_KVM_SUDO_PASSWORD_MY_TOWER or PULUMI_KVM_SUDO_PASSWORD /,
      ],
      [
        "tty",
        undefined,
        "KVM2202",
        /asks lab for a password, or refuses lab \(exit code 1: sudo: .*(terminal|tty).*requiretty/,
      ],
      ["stranger", right, "KVM2205", /cannot become root: sudo ended with exit code 1: .*\/etc\/sudoers.d\/lab/],
      ["absent", undefined, "KVM2204", /lab does not have the command sudo/],
    ] as const) {
      it(`reports the reason of its refusal: ${fake}`, async () => {
        const transport = await login(fake);
        if (password) process.env.PULUMI_KVM_SUDO_PASSWORD = password;
        await assert.rejects(transport.run("true"), { name: "HostUnreachable", code, retryable: false, message });
      });
    }

    it("is not used for root, or with sudo: false", async () => {
      await login("tty");
      const base = { address: "127.0.0.1", port: host.port, hostKey: host.hostKey };
      closeTransports();
      const root = await transportFor({ ...base, name: "a", user: "root" });
      const lab = await transportFor({ ...base, name: "b", user: "lab", sudo: false });
      for (const transport of [root, lab]) assert.equal((await transport.run("echo in")).stdout, "in\n");
    });
  });
