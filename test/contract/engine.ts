import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { providerText } from "../../provider/core/resource";
import { checkout } from "../../tools/checkout";

export type Properties = Record<string, unknown>;

/** The answer of the provider to a failed create or update. */
export class Refusal extends Error {
  override name = "Refusal";
  /** Set when the resource was partially created. */
  readonly partial?: { id: string; properties: Properties; reasons: string[] };
  constructor(error: ServiceError) {
    super(error.details);
    const [details] = error.metadata?.get("grpc-status-details-bin") ?? [];
    if (Buffer.isBuffer(details)) this.partial = partialOf(details);
  }
}

/**
 * Pulumi's engine, as a dynamic provider sees it. It starts the real process as the engine does, and speaks its
 * protocol. Each call of a kind has the constant text that our resources have.
 */
export interface Engine {
  readonly process: ChildProcess;
  check(
    kind: string,
    olds: Properties,
    news: Properties,
  ): Promise<{ inputs: Properties; failures: string[]; named: string[] }>;
  diff(
    kind: string,
    olds: Properties,
    news: Properties,
  ): Promise<{ changes: boolean; replaces: string[]; deleteBeforeReplace: boolean }>;
  create(kind: string, inputs: Properties): Promise<{ id: string; outs: Properties }>;
  read(
    kind: string,
    id: string,
    outs: Properties | undefined,
    inputs?: Properties,
  ): Promise<{ id: string; outs: Properties; inputs: Properties | undefined }>;
  update(kind: string, id: string, olds: Properties, news: Properties): Promise<Properties>;
  delete(kind: string, id: string, outs: Properties): Promise<void>;
  /** Cancels as at Ctrl-C: the engine notifies the provider, and waits for the calls in flight. */
  cancel(): Promise<void>;
  /** Everything that the process has printed, except its port. */
  output(): string;
  /**
   * Ends the process as the engine does: closes its input, and sends SIGINT to its group. @returns exit code or signal
   */
  close(): Promise<number | string | null>;
}

export interface EngineOptions {
  /** Starts the shell script as the engine does. Without it, starts the process behind the script, which is quicker. */
  throughScript?: boolean;
}

const sdk = join(checkout, "node_modules/@pulumi/pulumi");

export async function startEngine(env: Record<string, string> = {}, options: EngineOptions = {}): Promise<Engine> {
  const script = join(sdk, "pulumi-resource-pulumi-nodejs");
  const [command, ...args] = options.throughScript ? [script] : [process.execPath, join(sdk, "cmd/dynamic-provider")];
  const PATH = `${join(checkout, "node_modules/.bin")}:${process.env.PATH}`;
  const child = spawn(command, [...args, "127.0.0.1:1"], {
    cwd: checkout,
    detached: true,
    // Compiling takes most of the start. The folder is not kept.
    env: { ...process.env, NODE_COMPILE_CACHE: join(checkout, "bin/.compile-cache"), PATH, ...env },
  });
  const printed: string[] = [];
  child.stderr.on("data", (chunk) => printed.push(String(chunk)));
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk) => {
      resolve(String(chunk).trim());
      child.stdout.on("data", (more) => printed.push(String(more)));
    });
    child.once("exit", (code) => reject(new Error(`the provider's process ended with ${code}: ${printed.join("")}`)));
  });
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  return { process: child, output: () => printed.join(""), ...calls(client), close: () => close(child, client) };
}

async function close(child: ChildProcess, client: Client): Promise<number | string | null> {
  client.close();
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, "exit");
    child.stdin?.end();
    if (child.pid) process.kill(-child.pid, "SIGINT");
    await exit;
  }
  return child.exitCode ?? child.signalCode;
}

type Call<Q, A> = (request: Q, done: (error: ServiceError | null, answer: A) => void) => unknown;

function ask<Q, A>(client: Client, call: Call<Q, A>, request: Q): Promise<A> {
  return new Promise((resolve, reject) => {
    call.call(client, request, (error, answer) => (error ? reject(new Refusal(error)) : resolve(answer)));
  });
}

function calls(client: ResourceProviderClient) {
  const typed = client as unknown as Record<string, Call<unknown, never>>;
  const send = <A>(method: string, request: unknown) =>
    ask(client as unknown as Client, typed[method] as Call<unknown, A>, request);
  return {
    async check(kind: string, olds: Properties, news: Properties) {
      const request = new messages.CheckRequest();
      request.setOlds(struct(olds));
      request.setNews(struct(withText(kind, news)));
      const answer = await send<messages.CheckResponse>("check", request);
      const failures = answer.getFailuresList();
      return {
        inputs: plain(answer.getInputs()),
        failures: failures.map((failure) => failure.getReason()),
        named: failures.map((failure) => failure.getProperty()).filter((property) => property !== ""),
      };
    },
    async diff(kind: string, olds: Properties, news: Properties) {
      const request = new messages.DiffRequest();
      request.setId("id");
      request.setOlds(struct(olds));
      request.setNews(struct(withText(kind, news)));
      const answer = await send<messages.DiffResponse>("diff", request);
      return {
        changes: answer.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME,
        replaces: answer.getReplacesList(),
        deleteBeforeReplace: answer.getDeletebeforereplace(),
      };
    },
    async create(kind: string, inputs: Properties) {
      const request = new messages.CreateRequest();
      request.setProperties(struct(withText(kind, inputs)));
      const answer = await send<messages.CreateResponse>("create", request);
      return { id: answer.getId(), outs: plain(answer.getProperties()) };
    },
    async read(kind: string, id: string, outs: Properties | undefined, inputs?: Properties) {
      const request = new messages.ReadRequest();
      request.setId(id);
      if (outs) request.setProperties(struct(withText(kind, outs)));
      if (inputs) request.setInputs(struct(withText(kind, inputs)));
      const answer = await send<messages.ReadResponse>("read", request);
      const found = answer.getInputs();
      return { id: answer.getId(), outs: plain(answer.getProperties()), inputs: found && plain(found) };
    },
    async cancel() {
      await send("cancel", new Empty());
    },
    async update(kind: string, id: string, olds: Properties, news: Properties) {
      const request = new messages.UpdateRequest();
      request.setId(id);
      request.setOlds(struct(withText(kind, olds)));
      request.setNews(struct(withText(kind, news)));
      return plain((await send<messages.UpdateResponse>("update", request)).getProperties());
    },
    async delete(kind: string, id: string, outs: Properties) {
      const request = new messages.DeleteRequest();
      request.setId(id);
      request.setProperties(struct(withText(kind, outs)));
      await send("delete", request);
    },
  };
}

function withText(kind: string, properties: Properties): Properties {
  return { __provider: providerText(kind), ...properties };
}

function struct(properties: Properties): Struct {
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)));
}

function plain(answer: Struct | undefined): Properties {
  return (answer?.toJavaScript() ?? {}) as Properties;
}

function partialOf(details: Buffer): Refusal["partial"] {
  const [any] = Status.deserializeBinary(details).getDetailsList();
  const failed = messages.ErrorResourceInitFailed.deserializeBinary(any?.getValue_asU8() ?? new Uint8Array());
  return { id: failed.getId(), properties: plain(failed.getProperties()), reasons: failed.getReasonsList() };
}
