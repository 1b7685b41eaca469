// A caller on a TypeScript SDK: `v1` is @modelcontextprotocol/sdk, `v2` @modelcontextprotocol/client.
// Reads from standard input the connections to make and the steps of each, and prints as one JSON
// line what a program that uses the SDK gets to see; the shapes are those of client.py.
//
// usage: node client.mjs v1|v2, in a folder that has the packages
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const generation = process.argv[2];
const patience = 60_000; // an SDK that hangs is named, not waited for
const here = createRequire(process.cwd() + '/package.json');
const load = name => import(pathToFileURL(here.resolve(name)).href);

let Client, StreamableHTTPClientTransport, question = 'elicitation/create';
if (generation === 'v1') {
  ({ Client } = await load('@modelcontextprotocol/sdk/client/index.js'));
  ({ StreamableHTTPClientTransport } =
    await load('@modelcontextprotocol/sdk/client/streamableHttp.js'));
  question = (await load('@modelcontextprotocol/sdk/types.js')).ElicitRequestSchema;
} else {
  ({ Client, StreamableHTTPClientTransport } = await load('@modelcontextprotocol/client'));
}

function clientFor({ mode, answers }, told) {
  const options = generation === 'v1' ? {} : { versionNegotiation: { mode } };
  if (answers) options.capabilities = { elicitation: { form: {} } };
  const client = new Client({ name: 'caller', version: '1' }, options);
  if (answers) {
    client.setRequestHandler(question, asked => {
      told.asked = [...(told.asked ?? []), asked.params.message];
      return { action: 'accept', content: { sure: true } };
    });
  }
  return client;
}

const raised = error => ({
  kind: error?.message === 'hangs' ? 'hangs' : 'error', type: error?.constructor?.name,
  code: error?.code, status: error?.status ?? error?.data?.status, data: error?.data ?? null,
  message: String(error?.message).slice(0, 8000),
});

async function patiently(doing) {
  let timer;
  const late = new Promise((_, no) => { timer = setTimeout(() => no(new Error('hangs')), patience); });
  try { return await Promise.race([doing, late]); } finally { clearTimeout(timer); }
}

async function stepOf(client, step) {
  if (step.do === 'ping') {
    await client.ping();
    return { kind: 'result' };
  }
  if (step.do === 'list') {
    return { kind: 'result', tools: (await client.listTools()).tools.map(tool => tool.name) };
  }
  const progress = [];
  const options = { onprogress: p => progress.push([p.progress, p.total]) };
  const request = { name: step.tool, arguments: step.arguments };
  const result = generation === 'v1' ? await client.callTool(request, undefined, options)
                                     : await client.callTool(request, options);
  return { kind: 'result', is_error: result.isError ?? false, progress,
           text: (result.content ?? []).map(part => part.text ?? '').join(''),
           structured: result.structuredContent ?? null, meta: result._meta ?? {} };
}

async function connect(connection, told) {
  const client = clientFor(connection, told);
  // Notes the sessions and how they were ended; nothing is changed.
  const watching = async (url, init) => {
    const response = await fetch(url, init);
    told.session = response.headers.get('mcp-session-id') ?? told.session;
    if (init?.method === 'DELETE') told.ended = response.status;
    return response;
  };
  const transport = new StreamableHTTPClientTransport(new URL(connection.url),
    { requestInit: { headers: connection.headers }, fetch: watching });
  await patiently(client.connect(transport));
  told.revision = client.getNegotiatedProtocolVersion?.() ?? transport.protocolVersion;
  for (const step of connection.steps) {
    told.steps.push({ kind: 'died' });
    told.steps[told.steps.length - 1] = await patiently(stepOf(client, step)).catch(raised);
  }
  if (transport.sessionId) await patiently(transport.terminateSession());
  await client.close();
}

let text = '';
for await (const piece of process.stdin) text += piece;
const everything = [];
for (const connection of JSON.parse(text)) {
  const told = { steps: [] };
  everything.push(told);
  try {
    await connect(connection, told);
  } catch (error) {
    told.broken = [`${error?.constructor?.name}: ${error?.message}`.slice(0, 300)];
  }
}
console.log(JSON.stringify(everything));
process.exit(0);
