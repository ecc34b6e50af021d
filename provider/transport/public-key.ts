/** Formats a key as `ssh-ed25519 AAAA…`. The key is as it goes over the wire. */
export function publicKeyText(key: Buffer): string {
  return `${publicKeyType(key)} ${key.toString("base64")}`;
}

/** The type inside the key, for example `ssh-ed25519`. Empty when the data is too short for a key. */
export function publicKeyType(key: Buffer): string {
  if (key.length < 4) return "";
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");
}

/** The length of an RSA key's modulus, in bits. The modulus comes after type and exponent. Undefined for other keys. */
export function rsaBits(key: Buffer): number | undefined {
  if (publicKeyType(key) !== "ssh-rsa") return undefined;
  const exponent = 4 + key.readUInt32BE(0);
  const modulus = exponent + 4 + key.readUInt32BE(exponent);
  const digits = key.subarray(modulus + 4, modulus + 4 + key.readUInt32BE(modulus)).toString("hex");
  return BigInt(`0x${digits}`).toString(2).length;
}
