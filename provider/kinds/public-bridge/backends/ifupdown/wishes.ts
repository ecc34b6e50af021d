import { canonicalAddress, familyOf, parseCidr } from "../../../../core/addresses";
import type { Wishes } from "../../backend";
import { newLine, optionOf, type Stanza } from "../../formats/interfaces";

/** Applies the desired values. Each address is a stanza, and the gateway is in the first stanza of its family. */
export function withWishes(stanzas: readonly Stanza[], wishes: Wishes): Stanza[] {
  if (Object.values(wishes).every((wish) => wish === undefined)) return [...stanzas];
  const found = ([4, 6] as const).flatMap((family) => ofFamily(stanzas, family, wishes));
  return found.length > 0 ? found : [newStanza("inet", "manual", [])];
}

const families = { 4: "inet", 6: "inet6" } as const;

function ofFamily(stanzas: readonly Stanza[], family: 4 | 6, wishes: Wishes): Stanza[] {
  const all = stanzas.filter((one) => one.family === families[family]);
  const asking = all.filter(({ method }) => method !== "static" && (method !== "dhcp" || family === 6));
  const dhcp = family === 4 && (wishes.dhcp ?? all.some(({ method }) => method === "dhcp"));
  const client = all.find(({ method }) => method === "dhcp") ?? newStanza("inet", "dhcp", []);
  const fixed = fixedStanzas(all, family, wishes);
  const result = [...(dhcp ? [client] : []), ...asking.filter(({ method }) => method !== "manual"), ...fixed];
  return withNameservers(result, family, wishes);
}

function fixedStanzas(all: readonly Stanza[], family: 4 | 6, { addresses, gateways }: Wishes): Stanza[] {
  const old = all.filter(({ method }) => method === "static");
  const gateway = gateways
    ? gateways.find((one) => familyOf(one) === family)
    : old.map((one) => optionOf(one, "gateway")).find((one) => one !== undefined);
  const wished = addresses?.filter((address) => parseCidr(address)?.family === family);
  if (!wished && !gateways) return old;
  const bases = wished
    ? wished.map((address, i) =>
        i === 0 && old[0]
          ? replaced(old[0], ofAddress(old[0], address), [`address ${address}`])
          : newStanza(families[family], "static", [`address ${address}`]),
      )
    : old;
  return bases.map((one, i) => replaced(one, ["gateway"], i === 0 && gateway ? [`gateway ${gateway}`] : []));
}

/** The options that go with an old address. When the address itself changes, its network and its peer go too. */
function ofAddress(stanza: Stanza, address: string): string[] {
  const bare = (text: string) => canonicalAddress(text.split("/")[0] ?? "");
  const isSame = bare(optionOf(stanza, "address") ?? "") === bare(address);
  return ["address", "netmask", ...(isSame ? [] : ["network", "broadcast", "pointopoint"])];
}

function withNameservers([first, ...rest]: Stanza[], family: 4 | 6, { nameservers }: Wishes): Stanza[] {
  if (!first) return [];
  if (!nameservers) return [first, ...rest];
  const servers = nameservers.filter((server) => familyOf(server) === family);
  const line = servers.length > 0 ? [`dns-nameservers ${servers.join(" ")}`] : [];
  return [replaced(first, ["dns-nameservers", "dns-nameserver"], line), ...rest];
}

function replaced(stanza: Stanza, keys: readonly string[], added: readonly string[]): Stanza {
  const kept = stanza.options.filter(({ words }) => !keys.includes(words[0] ?? ""));
  return { ...stanza, options: [...indented(added), ...kept] };
}

export function newStanza(family: string, method: string, options: string[]): Stanza {
  return { head: newLine(""), link: "", family, method, options: indented(options) };
}

export function indented(texts: readonly string[]) {
  return texts.map((text) => newLine(`    ${text}`));
}
