import assert from "node:assert/strict";
import { networkBackend, networkBackendNames } from "../../../../provider/kinds/public-bridge/backends";
import type { NicConfig } from "../../../../provider/kinds/public-bridge/nic-config";
import { configOf } from "../../../../provider/kinds/public-bridge/origin";
import { failure } from "../../support/failure";

/** Tests which network backend configures a NIC, and which files hold its configuration. */
describe("the network backend of a NIC", () => {
  const nothing: NicConfig = {
    nics: ["eth0"],
    wireless: false,
    cloudInit: false,
    ipv6Forwarding: false,
    signals: [],
    files: {},
  };
  const found = (files: Record<string, string>, rest: Partial<NicConfig>) => {
    const seen = Object.entries(files).map(([path, content]) => [path, { content, mode: 0o644 }]);
    const config = configOf("eth0", { ...nothing, ...rest, files: Object.fromEntries(seen) });
    return "code" in config ? config : { ...config, backend: config.backend.name };
  };
  const networkd = (file: string, ...more: string[]) => [
    "networkd.ADMIN_STATE=configured",
    `networkd.NETWORK_FILE=${file}`,
    ...more.map((line) => `networkd.${line}`),
  ];
  const manager = (file: string) => ["nm.uuid=1", `nm.file=${file}`];

  it("is netplan, with its files in the order of names; a file of /run hides the one of /etc", () => {
    const files = {
      "/etc/netplan/90-a.yaml": "",
      "/etc/netplan/50-b.yaml": "",
      "/run/netplan/50-b.yaml": "",
      "/usr/lib/netplan/50-b.yaml": "",
      "/usr/lib/netplan/00-c.yaml": "",
    };
    const sources = ["/usr/lib/netplan/00-c.yaml", "/run/netplan/50-b.yaml", "/etc/netplan/90-a.yaml"];
    const byNetworkd = networkd("/run/systemd/network/10-netplan-all-en.network", "CLIENTID=ff0000000a0002");
    assert.deepEqual(found(files, { signals: byNetworkd }), {
      ...{ backend: "netplan", appliedBy: "networkd" },
      ...{ sources, definition: "all-en", iaid: 10 },
    });
    const byManager = manager("/run/NetworkManager/system-connections/netplan-all-en.nmconnection");
    assert.deepEqual(found(files, { signals: byManager }), {
      ...{ backend: "netplan", appliedBy: "NetworkManager" },
      sources,
    });
  });

  it("is networkd, with drop-ins that it did not report, in the order of names; one of /etc hides others", () => {
    const [etc, run, usr] = ["/etc", "/run", "/usr/lib"].map((root) => `${root}/systemd/network/lan.network.d`);
    const paths = [`${usr}/20-b.conf`, `${etc}/20-b.conf`, `${run}/10-a.conf`, `${etc}/30-c.conf`, `${etc}/30-c.conf~`];
    const files = Object.fromEntries(["/usr/lib/systemd/network/lan.network", ...paths].map((path) => [path, ""]));
    const file = "/usr/lib/systemd/network/lan.network";
    const sources = [file, `${run}/10-a.conf`, `${etc}/20-b.conf`, `${etc}/30-c.conf`];
    assert.deepEqual(found(files, { signals: networkd(file) }), { backend: "networkd", sources });
  });

  it("is refused when a drop-in extends a file that netplan generated", () => {
    const added = "/etc/systemd/network/10-netplan-eth0.network.d/dns.conf";
    const signals = networkd("/run/systemd/network/10-netplan-eth0.network");
    const reason = told(found({ "/etc/netplan/a.yaml": "", [added]: "" }, { signals }));
    assert.ok(reason.startsWith(`${added} extends the configuration that netplan generates for eth0`), reason);
  });

  it("is refused when a file that networkd used is unknown", () => {
    const [file, dropIn] = ["/etc/systemd/network/a.network", "/run/systemd/network/a.network.d/b.conf"];
    const signals = networkd(file, `NETWORK_FILE_DROPINS=${dropIn}`);
    assert.match(
      told(found({ [file]: "" }, { signals })),
      /^\/run\/systemd\/network\/a\.network\.d\/b\.conf, .* cannot be read/,
    );
  });

  it("is ifupdown, with the files that it reads", () => {
    const files = {
      "/etc/network/interfaces": "source-directory interfaces.d\n",
      "/etc/network/interfaces.d/eth0": "auto eth0\niface eth0 inet dhcp\n",
      "/etc/network/interfaces.d/eth0.bak": "auto eth0\niface eth0 inet static\n",
    };
    const sources = ["/etc/network/interfaces", "/etc/network/interfaces.d/eth0"];
    assert.deepEqual(found(files, { signals: ["ifupdown"] }), { backend: "ifupdown", sources });
  });

  it("is ifcfg, and not NetworkManager, when the connection is in a file of that format", () => {
    const file = "/etc/sysconfig/network-scripts/ifcfg-eth0";
    const sources = [file, file.replace("ifcfg", "route6")];
    const files = Object.fromEntries(sources.map((path) => [path, ""]));
    const known = { connection: "1", appliedBy: "NetworkManager" };
    assert.deepEqual(found(files, { signals: manager(file) }), { backend: "ifcfg", sources, ...known });
  });

  it("is refused when two backends configure the NIC, also when another one applies the files of one", () => {
    const file = "/etc/systemd/network/a.network";
    const two = (signals: string[]) => told(found({ [file]: "", "/etc/network/interfaces": "" }, { signals }));
    assert.match(two([...networkd(file), "ifupdown"]), /^networkd and ifupdown both configure eth0/);
    const ofNetplan = manager("/run/NetworkManager/system-connections/netplan-eth0.nmconnection");
    assert.match(two([...networkd(file), ...ofNetplan]), /^networkd and netplan both configure eth0/);
  });

  it("is refused when no backend configures the NIC", () => {
    assert.match(told(found({}, { signals: ["networkd.ADMIN_STATE=unmanaged"] })), /^no known network manager/);
  });

  const folder = "/etc/NetworkManager/system-connections";
  const [own, scripts] = [`${folder}/office.nmconnection`, "/etc/sysconfig/network-scripts"];
  const wicked = ["wicked"];
  const pppoe = "[connection]\ntype=pppoe\n[pppoe]\nparent=1\n";
  const cases: [string, Record<string, string>, string[], string][] = [
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
  it("is refused when a script of this network manager names the NIC, but not for a script of another one", () => {
    const scripts = ["/etc/NetworkManager/dispatcher.d/10-eth0:3", "/etc/network/if-up.d/firewall:2"];
    const reason = found({ "/etc/network/interfaces": "" }, { signals: ["ifupdown"], scripts });
    assert.match(told(reason), /^\/etc\/network\/if-up\.d\/firewall:2: this script names eth0/);
    const file = "/etc/systemd/network/a.network";
    assert.ok("backend" in found({ [file]: "" }, { signals: networkd(file), scripts }));
  });

  for (const [what, files, signals, where] of cases)
    it(`is refused when another file has ${what} on the NIC`, () => {
      const reason = found(files, { signals });
      assert.ok("code" in reason && reason.code === "KVM7111" && reason.text.startsWith(where), JSON.stringify(reason));
    });
});

describe("a network backend", () => {
  it("is found by its name, and by no other name", () => {
    for (const name of networkBackendNames) assert.equal(networkBackend(name).name, name);
    assert.equal(new Set(networkBackendNames).size, networkBackendNames.length);
    assert.throws(() => networkBackend("constructor"), failure("KVM7115", /unknown network manager constructor/));
  });

  it("names an existing backend when another one applies its files", () => {
    const signals = [
      ...["networkd.ADMIN_STATE=configured", "networkd.NETWORK_FILE=/run/systemd/network/10-netplan-a.network"],
      ...["nm.uuid=1", "nm.file=/etc/sysconfig/network-scripts/ifcfg-eth0"],
    ];
    const seen = { nics: [], wireless: false, cloudInit: false, ipv6Forwarding: false, signals, files: {} };
    const appliedBy = networkBackendNames.flatMap((name) => networkBackend(name).detect("eth0", seen)?.appliedBy ?? []);
    assert.deepEqual(appliedBy, ["networkd", "NetworkManager"]);
    for (const name of appliedBy) assert.ok(networkBackendNames.includes(name), name);
  });
});

/** The text of a refusal. */
function told(found: object): string {
  return "text" in found ? String(found.text) : JSON.stringify(found);
}
