/** `ssh-ed25519 AAAA…` of a key as it goes over the wire. */
export function publicKeyText(key: Buffer): string {
  return `${publicKeyType(key)} ${key.toString("base64")}`;
}

/** The type that a key names itself, as `ssh-ed25519`; empty when it is no key. */
export function publicKeyType(key: Buffer): string {
  if (key.length < 4) return "";
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");
}

/** How long the modulus of an RSA key is: after its type and its exponent. Other keys have none. */
export function rsaBits(key: Buffer): number | undefined {
  if (publicKeyType(key) !== "ssh-rsa") return undefined;
  const exponent = 4 + key.readUInt32BE(0);
  const modulus = exponent + 4 + key.readUInt32BE(exponent);
  const digits = key.subarray(modulus + 4, modulus + 4 + key.readUInt32BE(modulus)).toString("hex");
  return BigInt(`0x${digits}`).toString(2).length;
}
