/** Reads the errors from the output of Pulumi. Leaves out notes, and errors that only say that another one happened. */
export function diagnostics() {
  const blocks: string[][] = [];
  let reading = false;
  return {
    hear(line: string): void {
      if (line.startsWith("error:")) blocks.push([line]);
      if (/^\S/.test(line)) reading = line.startsWith("Diagnostics:");
      else if (reading && /^ {2}\S/.test(line)) blocks.push([line.trim()]);
      else if (reading) blocks.at(-1)?.push(line.slice(2));
    },
    errors(): string {
      const texts = blocks.map((block) => block.join("\n").trimEnd()).filter((text) => text.includes("error:"));
      const causes = texts.filter(
        (text) => !/error: (update failed|preview failed|.*Resource monitor has terminated)/.test(text),
      );
      return (causes.length > 0 ? causes : texts).map(plain).join("\n\n");
    },
  };
}

/** Shortens the names of types, and removes the frame that the dynamic provider puts around each error. */
function plain(text: string): string {
  return text.replaceAll("pulumi-nodejs:dynamic/kvm:", "").replaceAll(/error: 1 error occurred:\n\s*\* /g, "error: ");
}
