import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { settled } from "../../lab/settled";

/** A host that gets an address from a router at one call of `ip`. The address stays tentative for some calls. */
const ip = `#!/bin/sh
calls=$(cat "$0.calls") && echo $((calls + 1)) >"$0.calls"
state=absent
[ $calls -lt COMES ] || state=tentative
[ $calls -lt $((COMES + 9)) ] || state=ready
echo $state >"$0.state"
case "$state $*" in
  *' -4 '*address*) echo '2: eth0 inet 198.18.1.10/24 scope global eth0' ;;
  absent*) ;;
  'ready '*tentative) ;;
  *address*) echo '2: eth0    inet6 fd18::1/64 scope global dynamic' ;;
  *default) echo 'default via fe80::1 dev eth0' ;;
  ready*'table local') echo 'local fd18::1 dev eth0' ;;
esac
`;

describe("a settled host", () => {
  for (let comes = 0; comes < 8; comes++) {
    it(`has no tentative address when one appears at call ${comes} of an observation`, async () => {
      const folder = await mkdtemp(join(tmpdir(), "settled-"));
      const program = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o755 });
      await program("ip", ip.replaceAll("COMES", `${comes}`));
      await program("systemctl", "#!/bin/sh\n");
      await program("ip.calls", "0");
      const env = { PATH: `${folder}:${process.env.PATH}` };
      await settled(async (script) => (await execa("sh", ["-c", script], { env })).stdout, { advertisement: true });
      const { stdout } = await execa("cat", [join(folder, "ip.state")]);
      assert.equal(stdout, "ready");
      await rm(folder, { recursive: true });
    });
  }
});
