/** The warnings that a run prints. */
export async function whatIsSaid(work: () => Promise<unknown>): Promise<string> {
  const { error } = console;
  const said: unknown[] = [];
  console.error = (...words) => said.push(...words);
  await work().finally(() => {
    console.error = error;
  });
  return said.join("\n");
}
