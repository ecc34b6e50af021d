import { z } from "zod";
import { familyOf, parseCidr } from "./addresses";
import { longestLinkName } from "./names";

/** Schemas for common values. Each has a text that says what is right. */

/** As dev_valid_name() in the kernel (net/core/dev.c), without characters that a unit or a shell would quote. */
export const linkNameArg = z.string().check((ctx) => {
  const bytes = Buffer.byteLength(ctx.value);
  if (bytes > longestLinkName) {
    complain(
      ctx,
      `"${ctx.value}" is too long: an interface name has at most ${longestLinkName} bytes, and this one has ${bytes}`,
    );
  } else if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(ctx.value)) {
    complain(ctx, `invalid interface name "${ctx.value}": use letters, digits, ".", "_" and "-"`);
  } else if (ctx.value === "all" || ctx.value === "default") {
    complain(ctx, `invalid interface name "${ctx.value}": the kernel reserves it`);
  }
});

/** The address of an interface, with its prefix length. */
export const cidrArg = z.string().check((ctx) => {
  if (!parseCidr(ctx.value))
    complain(ctx, `invalid address "${ctx.value}": must have a prefix length, such as 192.168.50.1/24`);
});

export const addressArg = z.string().check((ctx) => {
  if (!familyOf(ctx.value)) complain(ctx, `invalid IP address "${ctx.value}"`);
  else if (ctx.value.includes("%")) complain(ctx, zoned(ctx.value));
});

/** An address that may have a zone: "fe80::1%br0". */
export const scopedAddressArg = z.string().check((ctx) => {
  const [address = "", zone = "x", ...more] = ctx.value.split("%");
  if (!familyOf(address) || more.length > 0) complain(ctx, `invalid IP address "${ctx.value}"`);
  else if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(zone) || zone.length > longestLinkName)
    complain(ctx, `invalid interface name "${zone}" in "${ctx.value}"`);
});

/** Without a zone: rules, routes and QEMU refuse one, each with another message. */
function zoned(address: string): string {
  return `"${address}" names an interface after "%". Remove that part`;
}

/** A network, or one address. */
export const networkArg = z.string().check((ctx) => {
  if (!parseCidr(ctx.value) && !familyOf(ctx.value))
    complain(ctx, `invalid network "${ctx.value}": must be a network such as 192.168.50.0/24, or an address`);
  else if (ctx.value.includes("%")) complain(ctx, zoned(ctx.value));
});

/** 68 is the minimum of IPv4 (RFC 791). 65521 is the maximum of a tap. */
export const mtuArg = z
  .number()
  .int()
  .check((ctx) => {
    if (ctx.value < 68 || ctx.value > 65521) complain(ctx, `invalid MTU ${ctx.value}: must be 68 to 65521 bytes`);
  });

/** A unicast MAC address: the lowest bit of its first byte is 0. */
export const macArg = z.string().check((ctx) => {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(ctx.value)) {
    complain(ctx, `invalid MAC address "${ctx.value}": must be in lower case, such as 52:54:00:12:34:56`);
  } else if (Number.parseInt(ctx.value.slice(0, 2), 16) & 1) {
    complain(ctx, `invalid MAC address "${ctx.value}": it is a multicast address. The first byte must be even`);
  }
});

export const portArg = z
  .number()
  .int()
  .check((ctx) => {
    if (ctx.value < 1 || ctx.value > 65535) complain(ctx, `invalid port ${ctx.value}: must be 1 to 65535`);
  });

export function wholeArg(least: number, most: number) {
  return z
    .number()
    .int()
    .check((ctx) => {
      if (ctx.value < least || ctx.value > most)
        complain(ctx, `invalid value ${ctx.value}: must be ${least} to ${most}`);
    });
}

export const urlArg = z.string().check((ctx) => {
  const problem = urlProblem(ctx.value);
  if (problem) complain(ctx, problem);
});

/** The error of a URL. URL parsers ignore line ends, but curl would read an option after one. */
export function urlProblem(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return "invalid URL: must begin with http:// or https://";
  return /[\s\p{Cc}]/u.test(text)
    ? "invalid URL: it has a space or a control character. Write a space as %20"
    : undefined;
}

/** A time limit in seconds. The maximum is a week, a number that systemd and curl can represent. */
export const secondsArg = z
  .number()
  .positive()
  .check((ctx) => {
    if (ctx.value > 604_800) complain(ctx, `invalid time limit ${ctx.value} s: must be at most a week (604800 s)`);
  });

/** The name of a guest is a part of a unit, a path and a QEMU option. It needs no quoting in any of them. */
export const guestNameArg = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'invalid name: use letters, digits, ".", "_" and "-", at most 63');

/** A part of file names and marks on the host. Users do not choose it. */
export const objectNameArg = z
  .string()
  .regex(/^[a-z0-9-]{1,63}$/, "pulumi-kvm generates this name. Remove the argument");

/** Requires exactly one of these arguments. Their types in a program are a union. */
export function exactlyOne<Schema extends z.ZodObject>(schema: Schema, ...names: (keyof Schema["shape"] & string)[]) {
  const [last, ...others] = [...names].reverse();
  return schema
    .refine(
      (value) => names.filter((name) => value[name] !== undefined).length === 1,
      `exactly one of ${others.reverse().join(", ")} and ${last} is required`,
    )
    .meta({ exactlyOneOf: names });
}

/** Adds an issue with our own text. */
export function complain<T>(ctx: z.core.ParsePayload<T>, message: string, path: PropertyKey[] = []): void {
  ctx.issues.push({ code: "custom", message, input: ctx.value, path } as z.core.$ZodRawIssue);
}

/** A name for SSH: no white space, no control character, and it does not look like an option. */
export const hostWordArg = z.string().check((ctx) => {
  if (!/^[^-\s\p{Cc}][^\s\p{Cc}]*$/u.test(ctx.value))
    complain(
      ctx,
      `invalid name of a host or a user ${JSON.stringify(ctx.value)}: must not have white space or begin with "-"`,
    );
});

/** One line of text for people. Units, marks and boot scripts have it, and each has its own rules for line ends. */
export const oneLineArg = z.string().check((ctx) => {
  if (/\p{Cc}/u.test(ctx.value)) complain(ctx, "must not have a control character, such as a line break");
});
