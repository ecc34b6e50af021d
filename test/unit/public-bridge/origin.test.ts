import assert from "node:assert/strict";
import type { NicOwner } from "../../../provider/facts/nic-owner";
import { ownersOf } from "../../../provider/public-bridge/origin";

/** Who owns a NIC, and which files its configuration is read from. */
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

  it("is netplan, whose files are read in the order of names, and one of /run hides that of /etc", () => {
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

  it("is refused where a file that networkd took is not known", () => {
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
  const cases: [string, Record<string, string>, Partial<NicOwner>, string][] = [
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
  for (const [what, files, rest, where] of cases)
    it(`is refused where another file has ${what} on it`, () => {
      const found = ownersOf("eth0", seen(files, rest));
      assert.ok(typeof found === "string" && found.startsWith(where), `${JSON.stringify(found)}`);
    });
});
