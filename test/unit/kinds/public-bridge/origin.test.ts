import assert from "node:assert/strict";
import type { NicOwner } from "../../../../provider/kinds/public-bridge/nic-config.fact";
import { ownersOf } from "../../../../provider/kinds/public-bridge/origin";

/** Tests who owns a NIC, and which files hold its configuration. */
describe("the owner of a NIC", () => {
  const nothing: NicOwner = {
    nics: ["eth0"],
    wireless: false,
    ifupdown: false,
    wicked: false,
    cloudInit: false,
    ipv6Forwarding: false,
    files: {},
  };
  const seen = (files: Record<string, string>, rest: Partial<NicOwner>) => ({
    ...nothing,
    ...rest,
    files: Object.fromEntries(Object.entries(files).map(([path, content]) => [path, { content, mode: 0o644 }])),
  });

  it("is netplan, with its files in the order of names; a file of /run hides the one of /etc", () => {
    const files = {
      "/etc/netplan/90-a.yaml": "",
      "/etc/netplan/50-b.yaml": "",
      "/run/netplan/50-b.yaml": "",
      "/usr/lib/netplan/50-b.yaml": "",
      "/usr/lib/netplan/00-c.yaml": "",
    };
    const networkd = { networkFile: "/run/systemd/network/10-netplan-all-en.network", dropIns: [] };
    assert.deepEqual(ownersOf("eth0", seen(files, { networkd })), {
      owner: "netplan",
      sources: ["/usr/lib/netplan/00-c.yaml", "/run/netplan/50-b.yaml", "/etc/netplan/90-a.yaml"],
      definition: "all-en",
    });
  });

  it("is networkd, with drop-ins that it did not report, in the order of names; one of /etc hides others", () => {
    const [etc, run, usr] = ["/etc", "/run", "/usr/lib"].map((root) => `${root}/systemd/network/lan.network.d`);
    const paths = [`${usr}/20-b.conf`, `${etc}/20-b.conf`, `${run}/10-a.conf`, `${etc}/30-c.conf`, `${etc}/30-c.conf~`];
    const files = Object.fromEntries(["/usr/lib/systemd/network/lan.network", ...paths].map((path) => [path, ""]));
    const networkd = { networkFile: "/usr/lib/systemd/network/lan.network", dropIns: [] };
    const sources = [networkd.networkFile, `${run}/10-a.conf`, `${etc}/20-b.conf`, `${etc}/30-c.conf`];
    assert.deepEqual(ownersOf("eth0", seen(files, { networkd })), { owner: "networkd", sources });
  });

  it("is refused when a drop-in extends a file that netplan generated", () => {
    const added = "/etc/systemd/network/10-netplan-eth0.network.d/dns.conf";
    const networkd = { networkFile: "/run/systemd/network/10-netplan-eth0.network", dropIns: [] };
    const found = ownersOf("eth0", seen({ "/etc/netplan/a.yaml": "", [added]: "" }, { networkd }));
    assert.ok(`${found}`.startsWith(`${added} adds to what netplan makes for eth0`), `${found}`);
  });

  it("is refused when a file that networkd used is unknown", () => {
    const networkd = {
      networkFile: "/etc/systemd/network/a.network",
      dropIns: ["/run/systemd/network/a.network.d/b.conf"],
    };
    const found = ownersOf("eth0", seen({ "/etc/systemd/network/a.network": "" }, { networkd }));
    assert.match(`${found}`, /^\/run\/systemd\/network\/a\.network\.d\/b\.conf, .* cannot be read/);
  });

  it("is ifupdown, with the files that it reads", () => {
    const files = {
      "/etc/network/interfaces": "source-directory interfaces.d\n",
      "/etc/network/interfaces.d/eth0": "auto eth0\niface eth0 inet dhcp\n",
      "/etc/network/interfaces.d/eth0.bak": "auto eth0\niface eth0 inet static\n",
    };
    const sources = ["/etc/network/interfaces", "/etc/network/interfaces.d/eth0"];
    assert.deepEqual(ownersOf("eth0", seen(files, { ifupdown: true })), { owner: "ifupdown", sources });
  });

  const folder = "/etc/NetworkManager/system-connections";
  const [own, scripts] = [`${folder}/office.nmconnection`, "/etc/sysconfig/network-scripts"];
  const manager = (file: string) => ({ networkManager: { uuid: "1", file } });
  const wicked = { wicked: true };
  const pppoe = "[connection]\ntype=pppoe\n[pppoe]\nparent=1\n";
  const cases: [string, Record<string, string>, Partial<NicOwner>, string][] = [
    [
      "another profile",
      { [`${scripts}/ifcfg-eth0`]: "", [`${scripts}/ifcfg-lab`]: "DEVICE=eth0\n" },
      manager(`${scripts}/ifcfg-eth0`),
      `${scripts}/ifcfg-lab:1: `,
    ],
    [
      "a route",
      {
        "/etc/sysconfig/network/ifcfg-eth0": "",
        "/etc/sysconfig/network/routes": "# eth0\ndefault 192.0.2.1 - eth0\n",
      },
      wicked,
      "/etc/sysconfig/network/routes:2: ",
    ],
    [
      "PPP, by its UUID,",
      { [own]: "", [`${folder}/p.nmconnection`]: pppoe },
      manager(own),
      `${folder}/p.nmconnection:4: `,
    ],
    [
      "a VLAN",
      { [own]: "", [`${folder}/v.nmconnection`]: "[vlan]\nid=7\nparent=eth0\n" },
      manager(own),
      `${folder}/v.nmconnection:3: `,
    ],
    [
      "an alias",
      { [`${scripts}/ifcfg-eth0`]: "", [`${scripts}/ifcfg-eth0:0`]: "" },
      manager(`${scripts}/ifcfg-eth0`),
      `${scripts}/ifcfg-eth0:0 `,
    ],
    [
      "rules",
      { [`${scripts}/ifcfg-eth0`]: "", [`${scripts}/rule6-eth0`]: "" },
      manager(`${scripts}/ifcfg-eth0`),
      `${scripts}/rule6-eth0 `,
    ],
    [
      "a bond",
      {
        "/etc/sysconfig/network/ifcfg-eth0": "",
        "/etc/sysconfig/network/ifcfg-bond0": "# eth0\nBONDING_SLAVE_0='eth0'\n",
      },
      wicked,
      "/etc/sysconfig/network/ifcfg-bond0:2: ",
    ],
  ];
  it("is refused when a script of this owner names the NIC, but not for a script of another owner", () => {
    const scripts = ["/etc/NetworkManager/dispatcher.d/10-eth0:3", "/etc/network/if-up.d/firewall:2"];
    const found = ownersOf("eth0", seen({ "/etc/network/interfaces": "" }, { ifupdown: true, scripts }));
    assert.match(`${found}`, /^\/etc\/network\/if-up\.d\/firewall:2: this script names eth0/);
    const networkd = { networkFile: "/etc/systemd/network/a.network", dropIns: [] };
    assert.equal(
      typeof ownersOf("eth0", seen({ "/etc/systemd/network/a.network": "" }, { networkd, scripts })),
      "object",
    );
  });

  for (const [what, files, rest, where] of cases)
    it(`is refused when another file has ${what} on the NIC`, () => {
      const found = ownersOf("eth0", seen(files, rest));
      assert.ok(typeof found === "string" && found.startsWith(where), `${JSON.stringify(found)}`);
    });
});
