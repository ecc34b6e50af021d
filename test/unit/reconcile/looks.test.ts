import assert from "node:assert/strict";
import type { Fact } from "../../../provider/core/fact";
import { run } from "../../../provider/core/kind";
import { sh } from "../../../provider/core/shell";
import { type HostView, viewOf } from "../../../provider/reconcile/host-view";
import { type FakeMachine, fakeMachine } from "../../fake/machine";
import { type FakeTransport, transportTo } from "../../fake/transport";
import { tower } from "../support/given";

/** A fact that counts how often it was fetched. */
const looks: Fact<number> = { name: "looks", command: sh`echo x >>/run/looks; wc -l </run/looks`, parse: Number };

describe("a fact with entries", () => {
  let machine: FakeMachine;
  let transport: FakeTransport;
  let view: HostView;
  const notes: Fact<Record<string, string>> = {
    name: "notes",
    command: sh`for file in /run/notes/*; do [ ! -e "$file" ] || echo "\${file##*/} $(cat "$file")"; done`,
    parse: entries,
    part: {
      command: (names) =>
        sh`for name in ${names}; do [ ! -e "/run/notes/$name" ] || echo "$name $(cat "/run/notes/$name")"; done`,
      parse: entries,
    },
  };
  const write = (name: string, text: string) => [run("write", sh`echo ${text} >${`/run/notes/${name}`}`)];
  const remove = (name: string) => [run("remove", sh`rm ${`/run/notes/${name}`}`)];
  const touching = (name: string) => [{ notes }, { notes: [name] }] as const;
  beforeEach(async () => {
    machine = fakeMachine();
    transport = transportTo(machine);
    view = viewOf(tower, async () => transport);
    for (const name of ["a", "b"]) machine.write(`/run/notes/${name}`, "old\n");
    await view.commit(write("a", "first"), ...touching("a"));
  });
  afterEach(() => machine.remove());

  it("is observed as a whole by the first commit, and only in what is touched by the next ones", async () => {
    machine.write("/run/notes/b", "changed by hand\n");
    await view.commit(write("c", "new"), ...touching("c"));
    assert.deepEqual({ ...(await view.observe({ notes })).notes }, { a: "first", b: "old", c: "new" });
    await view.commit(remove("a"), ...touching("a"));
    assert.deepEqual({ ...(await view.observe({ notes })).notes }, { b: "old", c: "new" });
    assert.equal(transport.scripts.length, 3);
  });

  it("is observed as a whole again after a commit of another run", async () => {
    machine.write("/run/notes/b", "of another run\n");
    const turn = Number(machine.read("/run/pulumi-kvm.lock").split("\n")[0]);
    machine.write("/run/pulumi-kvm.lock", `${turn + 1}\n600\n`);
    await view.commit(write("c", "new"), ...touching("c"));
    assert.deepEqual({ ...(await view.observe({ notes })).notes }, { a: "first", b: "of another run", c: "new" });
  });

  it("is observed as a whole when one member of a group does not tell what it touches", async () => {
    machine.write("/run/notes/b", "changed by hand\n");
    await Promise.all([view.commit(write("c", "new"), ...touching("c")), view.commit(write("d", "new"), { notes })]);
    assert.deepEqual(
      { ...(await view.observe({ notes })).notes },
      {
        ...{ a: "first", b: "changed by hand", c: "new", d: "new" },
      },
    );
  });

  it("keeps the facts that a commit does not touch", async () => {
    await view.observe({ looks });
    await view.commit(write("c", "new"), { notes, looks }, { notes: ["c"] });
    assert.equal((await view.observe({ looks })).looks, 1);
  });

  it("is observed again after a restart of the host, whose commits begin at one again", async () => {
    await view.commit(write("c", "new"), ...touching("c"));
    machine.write("/run/pulumi-kvm.lock", "");
    machine.write("/run/notes/b", "changed by the restart\n");
    await view.commit(write("d", "new"), ...touching("d"));
    assert.equal((await view.observe({ notes })).notes.b, "changed by the restart");
    await view.commit(write("e", "new"), ...touching("e"));
    const scripts = transport.scripts.length;
    assert.equal((await view.observe({ notes })).notes.e, "new");
    assert.equal(transport.scripts.length, scripts, "the cache works again");
  });

  it("is forgotten when the reply to a commit is lost", async () => {
    transport.after = () => "the answer is lost";
    await assert.rejects(view.commit(write("c", "new"), ...touching("c")));
    transport.after = (stdout) => stdout;
    assert.equal((await view.observe({ notes })).notes.c, "new");
  });

  it("agrees with the host after many commits at the same time", async () => {
    const names = Array.from({ length: 60 }, (_, i) => `n${i % 20}`);
    await Promise.all(
      names.map((name, i) =>
        view.commit(
          i % 3 === 2 ? [run("x", sh`rm -f ${`/run/notes/${name}`}`)] : write(name, `${i}`),
          ...touching(name),
        ),
      ),
    );
    const cached = { ...(await view.observe({ notes })).notes };
    assert.deepEqual(cached, { ...(await view.observeAnew({ notes })).notes });
  });

  function entries(output: string): Record<string, string> {
    const lines = output.split("\n").filter((line) => line !== "");
    return Object.fromEntries(lines.map((line) => [line.split(" ")[0], line.slice(line.indexOf(" ") + 1)]));
  }
});
